import { beforeAll, describe, expect, it } from "vitest"
import { tenantSecretId } from "../../client/cloud.ts"
import { appTokenSecretArn, cloudOnly, everything, usual } from "../support/deployments.ts"
import { packageService } from "../support/package.ts"
import {
  arnPrefix,
  cloudFunctions,
  decryptSecrets,
  deployedArn,
  readSecret,
  statementsOf,
} from "../support/service.ts"
import { object, ofType, type Json, type StackTemplate } from "../support/template.ts"

let stack: StackTemplate

beforeAll(async () => {
  ;({ stack } = await packageService(usual))
})

describe("the outputs of the stack", () => {
  it("have the ARN of every function that may be invoked directly, the address and the policies of callers", () => {
    const arns = cloudFunctions.map((name) => deployedArn(stack, name))
    expect(Object.values(stack.outputs)).toEqual(expect.arrayContaining(arns))
    expect(stack.outputs).toMatchObject({
      ApiUrl: "HttpApi.ApiEndpoint",
      CallerPolicyArn: "CallerPolicy",
      SystemUserCallerPolicyArn: "SystemUserCallerPolicy",
      TenantSecretsPolicyArn: "TenantSecretsPolicy",
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

  it.each(Object.entries(policies))("allow by %s %j through both doors, and nothing else", (id, names) => {
    expect(policy(stack, id)).toEqual([
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
      // The operator's doctor reads the API's address from the stack.
      ...(id === "OperatorPolicy" ? [describeStack] : []),
    ])
  })

  it("leave out no function that other cloud functions may call", () => {
    expect(Object.values(policies).flat().sort()).toEqual([...cloudFunctions].sort())
    // One policy more is about secrets alone.
    expect(ofType(stack, "AWS::IAM::ManagedPolicy")).toHaveLength(Object.keys(policies).length + 1)
  })
})

const describeStack = {
  Effect: "Allow",
  Action: "cloudformation:DescribeStacks",
  Resource: [`${arnPrefix("cloudformation")}stack/superoffice-token-exchange-sod/*`],
}

describe("the secrets of tenants", () => {
  it("may be read by jobs with TenantSecretsPolicy, which allows nothing else", () => {
    expect(policy(stack, "TenantSecretsPolicy")).toEqual([readTenants("sod")])
  })

  it("are named by the client as the policy has them, and no other secret of the stage is among them", () => {
    const prefix = `${arnPrefix("secretsmanager")}secret:superoffice/sod/tenants/`
    const arnOf = (name: string) => `${arnPrefix("secretsmanager")}secret:${name}-a1B2c3`
    const isTenants = (stage: string) => {
      const named = tenantSecretId({ stage, tenant: "cust12345" })
      return named.ok && arnOf(named.value).startsWith(prefix)
    }
    expect(["sod", "so", "sod2", "sod-tenants"].filter(isTenants)).toEqual(["sod"])
    for (const name of ["superoffice/sod", "superoffice/sod-app-token", "superoffice/sod/tenants"]) {
      expect(arnOf(name).startsWith(prefix)).toBe(false)
    }
  })
})

describe("the app token secret", { timeout: 120_000 }, () => {
  it.each([
    [
      "that has a name",
      everything,
      `${arnPrefix("secretsmanager")}secret:superoffice/online-app-token-??????`,
    ],
    ["that has an ARN", cloudOnly, appTokenSecretArn],
  ])(
    "%s may be read by callers of authenticate-system-user alone, with its key",
    async (_how, options, arn) => {
      const { stack: other } = await packageService(options)
      expect(beyondInvoking(other, "SystemUserCallerPolicy")).toEqual([readSecret(arn), decryptSecrets])
      expect(beyondInvoking(other, "CallerPolicy")).toEqual([])
      expect(policy(other, "TenantSecretsPolicy")).toEqual([readTenants(options.stage ?? ""), decryptSecrets])
    },
  )

  it("may be read by nobody where there is none", () => {
    expect(beyondInvoking(stack, "SystemUserCallerPolicy")).toEqual([])
  })
})

function policy({ resources }: StackTemplate, id: string): readonly Json[] {
  return statementsOf(object(resources[id]?.properties).PolicyDocument)
}

/** What a policy allows beside calling functions. */
function beyondInvoking(stack: StackTemplate, id: string): readonly Json[] {
  const invoking: readonly Json[] = ["lambda:InvokeFunction", "execute-api:Invoke"]
  return policy(stack, id).filter((statement) => !invoking.includes(object(statement).Action ?? null))
}

function readTenants(stage: string): Json {
  const Resource = [`${arnPrefix("secretsmanager")}secret:superoffice/${stage}/tenants/*`]
  return { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource }
}
