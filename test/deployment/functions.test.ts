import { existsSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { packageService } from "../support/package.ts"
import { deployedName, environment, functionNames, functions, lambda } from "../support/service.ts"
import { ofType, type StackTemplate } from "../support/template.ts"

const origins = "https://app.example,https://admin.example:8443"

let usual: StackTemplate
let asAsked: StackTemplate

beforeAll(async () => {
  const [first, second] = await Promise.all([
    packageService({ params: { clientSecretId: "superoffice/sod", allowedOrigins: origins } }),
    packageService({
      stage: "acme",
      params: {
        environment: "online",
        clientSecretId: "superoffice/online",
        privateKeySecretId: "superoffice/private-key",
        logLevel: "WARN",
        logRetentionInDays: "365",
        reservedConcurrency: "5",
        tracing: "true",
      },
    }),
  ])
  usual = first.stack
  asAsked = second.stack
})

describe("functions", () => {
  it("each have a file under functions/ and a handler that the build makes", () => {
    for (const [name, { handler }] of Object.entries(functions)) {
      expect(handler).toBe(`dist/functions/${name}.handler`)
      expect(existsSync(new URL(`../../functions/${name}.ts`, import.meta.url)), name).toBe(true)
    }
  })

  it("run on a current Node, on arm64, with a time-out under the gateway's", () => {
    for (const name of functionNames) {
      expect(lambda(usual, name)).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Timeout: 20,
        MemorySize: 1024,
      })
    }
  })

  it("are not invoked again after an asynchronous failure", () => {
    const retries = ofType(usual, "AWS::Lambda::EventInvokeConfig")
    expect(retries.map(({ FunctionName }) => FunctionName)).toEqual(
      functionNames.map((name) => deployedName(usual, name)),
    )
    for (const retry of retries) expect(retry.MaximumRetryAttempts).toBe(0)
  })

  it("get their settings, the secret's name and never a secret, and nothing for development", () => {
    for (const name of functionNames) {
      expect(environment(usual, name)).toEqual({
        SUPEROFFICE_ENVIRONMENT: "sod",
        CLIENT_SECRET_ID: "superoffice/sod",
        ALLOWED_ORIGINS: origins,
        ALLOWED_REDIRECT_URIS: "",
        REFRESH_TOKEN_DELIVERY: "partitioned",
        SESSION_MAX_AGE_SECONDS: "",
        LOG_LEVEL: "INFO",
        METRICS_NAMESPACE: "superoffice-token-exchange/sod",
        ...(name === "authenticate-system-user" && { PRIVATE_KEY_SECRET_ID: "" }),
      })
    }
    expect(environment(asAsked, "authenticate-system-user")).toMatchObject({
      SUPEROFFICE_ENVIRONMENT: "online",
      CLIENT_SECRET_ID: "superoffice/online",
      ALLOWED_ORIGINS: "",
      LOG_LEVEL: "WARN",
      METRICS_NAMESPACE: "superoffice-token-exchange/acme",
      PRIVATE_KEY_SECRET_ID: "superoffice/private-key",
    })
  })

  it("take what concurrency the account has, or what is reserved for each", () => {
    for (const name of functionNames) {
      expect(lambda(usual, name)).not.toHaveProperty("ReservedConcurrentExecutions")
      expect(lambda(asAsked, name).ReservedConcurrentExecutions).toBe("5")
    }
  })

  it("are traced only when asked", () => {
    for (const name of functionNames) {
      expect(lambda(usual, name).TracingConfig).toEqual({ Mode: "PassThrough" })
      expect(lambda(asAsked, name).TracingConfig).toEqual({ Mode: "Active" })
    }
  })
})

describe("logs", () => {
  it("are kept for as long as the deployment says", () => {
    for (const [stack, days] of [
      [usual, 90],
      // CloudFormation reads a number given as text.
      [asAsked, 365],
    ] as const) {
      const names = [
        ...functionNames.map((name) => `lambda/${deployedName(stack, name)}`),
        `http-api/${deployedName(stack, "token").replace(/-token$/, "")}`,
      ]
      expect(ofType(stack, "AWS::Logs::LogGroup")).toEqual(
        names.map((name) => ({ LogGroupName: `/aws/${name}`, RetentionInDays: days })),
      )
    }
  })
})
