import { beforeAll, describe, expect, it } from "vitest"
import { packageService } from "../support/package.ts"
import { arnPrefix, deployedName, functionNames, lambda } from "../support/service.ts"
import { account, list, object, ofType, text, type Json, type StackTemplate } from "../support/template.ts"

const secretArn = `${arnPrefix("secretsmanager")}secret:superoffice/online-a1B2c3`
const keyArn = `${arnPrefix("kms")}key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d`
const boundaryArn = `arn:aws:iam::${account.id}:policy/deployer-Boundary-A1B2C3`

let byName: StackTemplate
let byArn: StackTemplate

beforeAll(async () => {
  const [first, second] = await Promise.all([
    packageService({ params: { clientSecretId: "superoffice/sod" } }),
    packageService({
      stage: "online",
      params: {
        clientSecretId: secretArn,
        secretKmsKeyArn: keyArn,
        privateKeySecretId: "superoffice/private-key",
        permissionsBoundary: boundaryArn,
        tracing: "true",
      },
    }),
  ])
  byName = first.stack
  byArn = second.stack
})

describe("roles", () => {
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
    const paths = [...ofType(byArn, "AWS::IAM::Role"), ...ofType(byArn, "AWS::IAM::ManagedPolicy")]
    expect(new Set(paths.map(({ Path }) => Path))).toEqual(new Set(["/superoffice-token-exchange/online/"]))
  })

  it("have the boundary that the deployment names", () => {
    for (const { PermissionsBoundary } of ofType(byArn, "AWS::IAM::Role")) {
      expect(PermissionsBoundary).toBe(boundaryArn)
    }
  })

  it.each(functionNames)("let %s write its own log and read the one secret, by name", (name) => {
    expect(statements(byName, name)).toEqual([
      writeOwnLog(byName, name),
      // Secrets Manager adds a hyphen and six characters: "?" stands for exactly one, so no longer name fits.
      readSecret(`${arnPrefix("secretsmanager")}secret:superoffice/sod-??????`),
    ])
  })

  it.each(functionNames)("let %s read the one secret by ARN, and decrypt it with its own key", (name) => {
    expect(statements(byArn, name)).toEqual([
      writeOwnLog(byArn, name),
      readSecret(secretArn),
      {
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: keyArn,
        Condition: { StringEquals: { "kms:ViaService": `secretsmanager.${account.region}.amazonaws.com` } },
      },
      sendTraces,
      // Nobody else signs for the system user.
      ...(name === "authenticate-system-user"
        ? [readSecret(`${arnPrefix("secretsmanager")}secret:superoffice/private-key-??????`)]
        : []),
    ])
  })

  it("name every action and every resource, but for X-Ray's, which has no narrower one, where tracing is asked for", () => {
    const wild = (stack: StackTemplate) =>
      functionNames
        .flatMap((name) => statements(stack, name))
        .map(object)
        .filter(({ Action, Resource }) =>
          [Action, Resource].flat().some((name) => text(name).replace(/:\*$/, "").includes("*")),
        )
    expect(wild(byName)).toEqual([])
    expect(wild(byArn)).toEqual(functionNames.map(() => sendTraces))
  })
})

const sendTraces = {
  Effect: "Allow",
  Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
  Resource: "*",
}

function statements(stack: StackTemplate, name: string): readonly Json[] {
  const roleId = text(lambda(stack, name).Role).split("/").at(-1) ?? ""
  const policies = list(stack.resources[roleId]?.properties.Policies)
  return policies.flatMap((policy) => list(object(object(policy).PolicyDocument).Statement))
}

function writeOwnLog(stack: StackTemplate, name: string): Json {
  return {
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${arnPrefix("logs")}log-group:/aws/lambda/${deployedName(stack, name)}:*`,
  }
}

function readSecret(resource: string): Json {
  return { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: resource }
}
