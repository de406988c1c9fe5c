import { existsSync, readFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { account, object, packageService, text, unpackedArtifacts } from "./support/template.ts"
import type { Json, JsonObject, Package, Stack } from "./support/template.ts"

const root = new URL("../", import.meta.url)
const service = parse(readFileSync(new URL("serverless.yml", root), "utf8"), { logLevel: "silent" }) as {
  functions: Record<string, { handler: string }>
}
const functionNames = Object.keys(service.functions)

/** The functions that other cloud functions may call; beginning a sign-in is for pages alone. */
const cloudFunctions = functionNames.filter((name) => name !== "start-login")

/** The functions that pages may call; what acts without a user, or tells about the deployment, is not for them. */
const pageFunctions = functionNames.filter((name) => !["authenticate-system-user", "health"].includes(name))

const origins = ["https://app.example", "https://admin.example:8443"]
const secretArn = `arn:aws:secretsmanager:${account.region}:${account.id}:secret:superoffice/online-a1B2c3`
const keyArn = `arn:aws:kms:${account.region}:${account.id}:key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d`

let pages: Package
let cloudOnly: Package

beforeAll(async () => {
  ;[pages, cloudOnly] = await Promise.all([
    packageService({
      stage: "sod",
      params: { clientSecretId: "superoffice/sod", allowedOrigins: origins.join(",") },
    }),
    packageService({
      stage: "second-application",
      params: {
        environment: "online",
        clientSecretId: secretArn,
        secretKmsKeyArn: keyArn,
        privateKeySecretId: "superoffice/private-key",
        logRetentionInDays: "90",
        throttleRate: "5",
        throttleBurst: "10",
      },
    }),
  ])
})

describe("functions", () => {
  it("each have a file under functions/ and a handler that the build makes", () => {
    for (const [name, { handler }] of Object.entries(service.functions)) {
      expect(handler).toBe(`dist/functions/${name}.handler`)
      expect(existsSync(new URL(`functions/${name}.ts`, root)), `functions/${name}.ts`).toBe(true)
    }
  })

  it("run on a current Node, on arm64, with a time-out under the gateway's", () => {
    for (const name of functionNames) {
      expect(lambda(pages.stack, name)).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Timeout: 20,
        MemorySize: 1024,
      })
    }
  })

  it("are not invoked again after an asynchronous failure", () => {
    const retries = ofType(pages.stack, "AWS::Lambda::EventInvokeConfig")
    const functions = Object.keys(pages.stack.resources).filter((id) => id.endsWith("LambdaFunction"))
    expect(retries.map(({ FunctionName }) => FunctionName)).toEqual(functions)
    for (const retry of retries) expect(retry.MaximumRetryAttempts).toBe(0)
  })

  it("get their settings, the secret's name and never a secret", () => {
    for (const name of functionNames) {
      expect(environment(pages.stack, name)).toEqual({
        SUPEROFFICE_ENVIRONMENT: "sod",
        CLIENT_SECRET_ID: "superoffice/sod",
        ALLOWED_ORIGINS: origins.join(","),
        ALLOWED_REDIRECT_URIS: "",
        REFRESH_TOKEN_DELIVERY: "partitioned",
        SESSION_MAX_AGE_SECONDS: "",
        LOG_LEVEL: "INFO",
        ...(name === "authenticate-system-user" && { PRIVATE_KEY_SECRET_ID: "" }),
      })
    }
    expect(environment(cloudOnly.stack, "token")).toMatchObject({
      SUPEROFFICE_ENVIRONMENT: "online",
      CLIENT_SECRET_ID: secretArn,
      ALLOWED_ORIGINS: "",
    })
  })

  it("have their ARNs among the outputs, for direct invocation", () => {
    const arns = cloudFunctions.map(
      (name) => `${arnPrefix("lambda")}function:${functionName(pages.stack, name)}`,
    )
    expect(Object.values(pages.stack.outputs)).toEqual(expect.arrayContaining(arns))
  })
})

describe("roles", () => {
  it("are not shared", () => {
    const roles = functionNames.map((name) => lambda(pages.stack, name).Role)
    expect(new Set(roles).size).toBe(functionNames.length)
    expect(ofType(pages.stack, "AWS::IAM::Role")).toHaveLength(functionNames.length)
  })

  it("are assumed by Lambda alone and hold nothing but their inline statements", () => {
    for (const role of ofType(pages.stack, "AWS::IAM::Role")) {
      expect(Object.keys(role)).toEqual(["AssumeRolePolicyDocument", "Policies"])
      expect(object(role.AssumeRolePolicyDocument).Statement).toEqual([
        { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
      ])
    }
    expect(Object.values(pages.stack.resources).map(({ type }) => type)).not.toContain("AWS::IAM::Policy")
  })

  it.each(functionNames)("let %s write its own log and read the one secret, by name", (name) => {
    expect(statements(pages.stack, name)).toEqual([
      writeOwnLog(pages.stack, name),
      // Secrets Manager adds a hyphen and six characters: "?" stands for exactly one, so no longer name fits.
      readSecret(`${arnPrefix("secretsmanager")}secret:superoffice/sod-??????`),
    ])
  })

  it.each(functionNames)("let %s read the one secret by ARN, and decrypt it with its own key", (name) => {
    expect(statements(cloudOnly.stack, name)).toEqual([
      writeOwnLog(cloudOnly.stack, name),
      readSecret(secretArn),
      {
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: keyArn,
        Condition: { StringEquals: { "kms:ViaService": `secretsmanager.${account.region}.amazonaws.com` } },
      },
      // Nobody else signs for the system user.
      ...(name === "authenticate-system-user"
        ? [readSecret(`${arnPrefix("secretsmanager")}secret:superoffice/private-key-??????`)]
        : []),
    ])
  })
})

describe("logs", () => {
  it("are kept for as long as the deployment says", () => {
    for (const [{ stack }, days] of [
      [pages, 30],
      [cloudOnly, 90],
    ] as const) {
      expect(ofType(stack, "AWS::Logs::LogGroup")).toEqual(
        functionNames.map((name) => ({
          LogGroupName: `/aws/lambda/${functionName(stack, name)}`,
          RetentionInDays: days,
        })),
      )
    }
  })
})

describe("the HTTP API", () => {
  it("has an open route for what pages may call, a signed route for what cloud functions may, and no other", () => {
    const routes = ofType(pages.stack, "AWS::ApiGatewayV2::Route").map((route) => [
      route.RouteKey,
      route.AuthorizationType ?? "NONE",
    ])
    expect(routes).toEqual(
      functionNames.flatMap((name) => [
        ...(pageFunctions.includes(name) ? [[`POST /${name}`, "NONE"]] : []),
        ...(cloudFunctions.includes(name) ? [[`POST /signed/${name}`, "AWS_IAM"]] : []),
      ]),
    )
  })

  it("speaks payload 2.0, the only one that the functions read", () => {
    const integrations = ofType(pages.stack, "AWS::ApiGatewayV2::Integration")
    expect(integrations).toHaveLength(functionNames.length)
    for (const integration of integrations) expect(integration.PayloadFormatVersion).toBe("2.0")
  })

  it("answers pages of the very origins that the functions know", () => {
    const cors = object(only(pages.stack, "AWS::ApiGatewayV2::Api").CorsConfiguration)
    expect(cors).toEqual({
      AllowOrigins: origins,
      AllowMethods: ["POST"],
      AllowHeaders: ["content-type", "x-csrf"],
      AllowCredentials: true,
      MaxAge: 600,
    })
    for (const name of functionNames) {
      expect(environment(pages.stack, name).ALLOWED_ORIGINS).toBe(origins.join(","))
    }
  })

  it("answers no page at all where no origin is allowed", () => {
    expect(only(cloudOnly.stack, "AWS::ApiGatewayV2::Api")).not.toHaveProperty("CorsConfiguration")
  })

  it("throttles every route", () => {
    expect(only(pages.stack, "AWS::ApiGatewayV2::Stage").DefaultRouteSettings).toMatchObject({
      ThrottlingRateLimit: 20,
      ThrottlingBurstLimit: 40,
    })
    // CloudFormation reads a number given as text.
    expect(only(cloudOnly.stack, "AWS::ApiGatewayV2::Stage").DefaultRouteSettings).toMatchObject({
      ThrottlingRateLimit: "5",
      ThrottlingBurstLimit: "10",
    })
  })
})

describe("packaging", { timeout: 60_000 }, () => {
  it("ships each bundle with its licence, and nothing else", () => {
    expect(Object.keys(pages.artifacts).sort()).toEqual([...functionNames].sort())
    for (const [name, entries] of Object.entries(pages.artifacts)) {
      expect(Object.keys(entries).sort()).toEqual(["LICENSE", `dist/functions/${name}.cjs`])
      const built = readFileSync(new URL(`dist/functions/${name}.cjs`, root))
      expect(built.equals(entries[`dist/functions/${name}.cjs`] ?? Buffer.alloc(0))).toBe(true)
    }
  })

  it("ships the same bytes whatever the stage", () => {
    expect(pages.artifacts).toEqual(cloudOnly.artifacts)
  })

  it("unpacks to bundles that load and export a handler", async () => {
    const bundles = await unpackedArtifacts()
    expect(Object.keys(bundles).sort()).toEqual([...functionNames].sort())
    for (const path of Object.values(bundles)) {
      const bundle = (await import(path)) as { handler: unknown }
      expect(bundle.handler).toBeTypeOf("function")
    }
  })

  it.each([
    ["clientSecretId", { stage: "sod" }, "CLIENT_SECRET_ID"],
    ["environment", { stage: "other", params: { clientSecretId: "example" } }, "SUPEROFFICE_ENVIRONMENT"],
  ])("stops, and says where, when %s is missing", async (_, options, setting) => {
    await expect(packageService(options)).rejects.toThrow(
      `Cannot resolve variable at "provider.environment.${setting}": Value not found at "param" source`,
    )
  })
})

function ofType(stack: Stack, type: string): JsonObject[] {
  return Object.values(stack.resources)
    .filter((resource) => resource.type === type)
    .map(({ properties }) => properties)
}

function only(stack: Stack, type: string): JsonObject {
  const [first, ...others] = ofType(stack, type)
  if (!first || others.length > 0) throw new Error(`the stack should have exactly one ${type}`)
  return first
}

function lambda(stack: Stack, name: string): JsonObject {
  const found = ofType(stack, "AWS::Lambda::Function").find(
    ({ Handler }) => Handler === service.functions[name]?.handler,
  )
  return object(found)
}

function functionName(stack: Stack, name: string): string {
  return text(lambda(stack, name).FunctionName)
}

function environment(stack: Stack, name: string): JsonObject {
  return object(object(lambda(stack, name).Environment).Variables)
}

function statements(stack: Stack, name: string): Json[] {
  const roleId = text(lambda(stack, name).Role).split("/").at(-1) ?? ""
  const policies = stack.resources[roleId]?.properties.Policies as readonly JsonObject[]
  return policies.flatMap(({ PolicyDocument }) => object(PolicyDocument).Statement as readonly Json[])
}

function writeOwnLog(stack: Stack, name: string): Json {
  return {
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${arnPrefix("logs")}log-group:/aws/lambda/${functionName(stack, name)}:*`,
  }
}

function readSecret(resource: string): Json {
  return { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: resource }
}

function arnPrefix(service: string): string {
  return `arn:${account.partition}:${service}:${account.region}:${account.id}:`
}
