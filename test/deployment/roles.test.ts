import { describe, expect, it } from "vitest"
import { apiTokenKeysSecretArn, boundaryArn, cloudOnly, everything } from "../support/deployments.ts"
import { functionUrls, secretArn, usual } from "../support/deployments.ts"
import { packageService } from "../support/package.ts"
import { arnPrefix, decryptSecrets, deployedName, functionNames } from "../support/service.ts"
import { lambda, readSecret, statementsOf, tokenFunctions } from "../support/service.ts"
import { list, object, ofType, text, type JsonObject, type StackTemplate } from "../support/template.ts"

const [{ stack: byName }, { stack: byArn }, { stack: withKeys }, { stack: atUrls }] = await Promise.all([
  packageService(usual),
  packageService(cloudOnly),
  packageService(everything),
  packageService(functionUrls),
])
const isPublic = (name: string): boolean => name === "well-known"

describe("the roles of the functions", () => {
  it("are not shared", () => {
    const roles = functionNames.map((name) => lambda(byName, name).Role)
    expect(new Set(roles).size).toBe(functionNames.length)
    expect(ofType(byName, "AWS::IAM::Role")).toHaveLength(functionNames.length)
  })

  it("are assumed by Lambda alone and hold nothing but their inline statements", () => {
    for (const role of ofType(byName, "AWS::IAM::Role")) {
      expect(Object.keys(role)).toEqual(["Path", "AssumeRolePolicyDocument", "Policies"])
      expect(object(role.AssumeRolePolicyDocument).Statement).toEqual([
        { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
      ])
    }
    expect(Object.values(byName.resources).map(({ type }) => type)).not.toContain("AWS::IAM::Policy")
  })

  it("have the path of their deployment, as the policies of callers do, because their names may be cut short", () => {
    for (const type of ["AWS::IAM::Role", "AWS::IAM::ManagedPolicy"]) {
      for (const { Path } of ofType(byArn, type)) expect(Path).toBe("/superoffice-token-exchange/acme/")
    }
  })

  it("have the boundary that the deployment names", () => {
    for (const role of ofType(byArn, "AWS::IAM::Role")) expect(role.PermissionsBoundary).toBe(boundaryArn)
  })

  it.each(functionNames)("let %s write its own log and read the one secret, by name", (name) => {
    expect(statements(byName, name)).toEqual([
      writeOwnLog(byName, name),
      ...(isPublic(name) ? [] : [readSecret(named("sod"))]),
    ])
  })

  it.each(functionNames.filter((name) => !isPublic(name)))(
    "let %s read the one secret by ARN, and decrypt it with its own key",
    (name) => {
      expect(statements(byArn, name)).toEqual([
        writeOwnLog(byArn, name),
        readSecret(secretArn),
        decryptSecrets,
        sendTraces,
        // Nobody else signs for the system user.
        ...(name === "authenticate-system-user" ? [readSecret(named("private-key"))] : []),
        ...(tokenFunctions.includes(name) ? [readSecret(apiTokenKeysSecretArn), decryptSecrets] : []),
      ])
    },
  )

  it("let well-known, which answers strangers, read the signing keys and nothing else", () => {
    expect(statements(byArn, "well-known")).toEqual([
      writeOwnLog(byArn, "well-known"),
      readSecret(apiTokenKeysSecretArn),
      decryptSecrets,
      sendTraces,
    ])
  })

  it.each([
    ["nobody where there are none", byName, "sod", []],
    ["the token functions and well-known", withKeys, "online", [...tokenFunctions, "well-known"]],
    ["the same without a domain", atUrls, "sod", [...tokenFunctions, "well-known"]],
  ])("let the signing keys be read by name: %s", (_who, stack, secret, readers) => {
    const allowed = readSecret(named(`${secret}-signing-keys`))
    const reading = functionNames.filter((name) =>
      statements(stack, name).some((one) => isSame(one, allowed)),
    )
    expect(reading).toEqual(readers)
  })
})

// X-Ray has no narrower resource.
const sendTraces: JsonObject = {
  Effect: "Allow",
  Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  Resource: "*",
}

/** The ARN of a secret that has a name, as a policy has it. */
function named(name: string): string {
  return `${arnPrefix("secretsmanager")}secret:superoffice/${name}-??????`
}

function isSame(one: JsonObject, other: JsonObject): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function statements(stack: StackTemplate, name: string): JsonObject[] {
  const roleId = text(lambda(stack, name).Role).split("/").at(-1) ?? ""
  return list(stack.resources[roleId]?.properties.Policies).flatMap((policy) =>
    statementsOf(object(policy).PolicyDocument),
  )
}

function writeOwnLog(stack: StackTemplate, name: string): JsonObject {
  return {
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${arnPrefix("logs")}log-group:/aws/lambda/${deployedName(stack, name)}:*`,
  }
}
