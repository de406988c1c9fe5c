import { beforeAll, describe, expect, it } from "vitest"
import { packageService } from "../support/package.ts"
import { arnPrefix, cloudFunctions, deployedArn } from "../support/service.ts"
import { account, list, object, ofType, type Json, type StackTemplate } from "../support/template.ts"

let stack: StackTemplate

beforeAll(async () => {
  ;({ stack } = await packageService({ params: { clientSecretId: "example" } }))
})

describe("the outputs", () => {
  it("have the ARN of every function that may be invoked directly", () => {
    expect(Object.values(stack.outputs)).toEqual(
      expect.arrayContaining(cloudFunctions.map((name) => deployedArn(stack, name))),
    )
  })

  it("have the address and the policies of callers", () => {
    expect(stack.outputs).toMatchObject({
      ApiUrl: "HttpApi.ApiEndpoint",
      CallerPolicyArn: "CallerPolicy",
      SystemUserCallerPolicyArn: "SystemUserCallerPolicy",
      OperatorPolicyArn: "OperatorPolicy",
    })
  })
})

/** The operator's doctor reads the API's address from the stack. */
const describeStack = {
  Effect: "Allow",
  Action: "cloudformation:DescribeStacks",
  Resource: [`${arnPrefix("cloudformation")}stack/superoffice-token-exchange-sod/*`],
}

describe("the policies of callers", () => {
  const policies = {
    CallerPolicy: ["exchange-code", "refresh-token", "token", "revoke-token"],
    SystemUserCallerPolicy: ["authenticate-system-user"],
    OperatorPolicy: ["health"],
  }

  it.each(Object.entries(policies))("%s allows %j through both doors, and nothing else", (id, names) => {
    expect(object(object(stack.resources[id]?.properties).PolicyDocument).Statement).toEqual([
      {
        Effect: "Allow",
        Action: "lambda:InvokeFunction",
        Resource: names.map((name) => deployedArn(stack, name)),
      },
      {
        Effect: "Allow",
        Action: "execute-api:Invoke",
        Resource: names.map((name) => `${arnPrefix("execute-api")}HttpApi/$default/POST/signed/${name}`),
      },
      ...(id === "OperatorPolicy" ? [describeStack] : []),
    ])
  })

  it("leave out no function that other cloud functions may call", () => {
    expect(Object.values(policies).flat().sort()).toEqual([...cloudFunctions].sort())
    expect(ofType(stack, "AWS::IAM::ManagedPolicy")).toHaveLength(Object.keys(policies).length)
  })
})

describe("the app token secret", () => {
  const secretKmsKeyArn = `${arnPrefix("kms")}key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d`
  const exampleArn = `${arnPrefix("secretsmanager")}secret:superoffice/app-token-a1B2c3`
  const decrypt = {
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: secretKmsKeyArn,
    Condition: { StringEquals: { "kms:ViaService": `secretsmanager.${account.region}.amazonaws.com` } },
  }

  it.each([
    [
      "by name",
      { appTokenSecretId: "superoffice/app-token" },
      // Secrets Manager adds a hyphen and six characters: "?" stands for exactly one, so no longer name fits.
      [readSecret(`${arnPrefix("secretsmanager")}secret:superoffice/app-token-??????`)],
    ],
    [
      "by ARN, with a key of its own",
      { appTokenSecretId: exampleArn, secretKmsKeyArn },
      [readSecret(exampleArn), decrypt],
    ],
  ])("may be read by callers of authenticate-system-user alone, %s", async (_how, params, statements) => {
    const { stack: other } = await packageService({ params: { clientSecretId: "example", ...params } })
    expect(beyondInvoking(other, "SystemUserCallerPolicy")).toEqual(statements)
    expect(beyondInvoking(other, "CallerPolicy")).toEqual([])
    expect(beyondInvoking(other, "OperatorPolicy")).toEqual([describeStack])
  })

  // Whoever reads that secret has the sealing keys.
  it("cannot be the client secret itself", async () => {
    const params = { clientSecretId: "example", appTokenSecretId: "example" }
    await expect(packageService({ params })).rejects.toThrow(
      "appTokenSecretId must name another secret than clientSecretId",
    )
  })

  function readSecret(Resource: string): Json {
    return { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource }
  }

  /** What a policy allows beside calling functions. */
  function beyondInvoking({ resources }: StackTemplate, id: string): readonly Json[] {
    const statements = list(object(object(resources[id]?.properties).PolicyDocument).Statement)
    const invoking: readonly Json[] = ["lambda:InvokeFunction", "execute-api:Invoke"]
    return statements.filter((statement) => !invoking.includes(object(statement).Action ?? null))
  }
})
