import { beforeAll, describe, expect, it } from "vitest"
import { packageService } from "../support/package.ts"
import { arnPrefix, cloudFunctions, deployedArn } from "../support/service.ts"
import { object, ofType, type StackTemplate } from "../support/template.ts"

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
    ])
  })

  it("leave out no function that other cloud functions may call", () => {
    expect(Object.values(policies).flat().sort()).toEqual([...cloudFunctions].sort())
    expect(ofType(stack, "AWS::IAM::ManagedPolicy")).toHaveLength(Object.keys(policies).length)
  })
})
