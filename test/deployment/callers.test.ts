import { describe, expect, it } from "vitest"
import { tenantSecretId } from "../../client/cloud.ts"
import { appTokenSecretArn, cloudOnly, everything, usual } from "../support/deployments.ts"
import { packageService } from "../support/package.ts"
import { arnPrefix, cloudFunctions, decryptSecrets, deployedArn } from "../support/service.ts"
import { readSecret, statementsOf } from "../support/service.ts"
import { object, ofType, type Json, type StackTemplate } from "../support/template.ts"

const [{ stack }, { stack: byName }, { stack: byArn }] = await Promise.all([
  packageService(usual),
  packageService(everything),
  packageService(cloudOnly),
])

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
    const functions = names.map((name) => deployedArn(stack, name))
    const routes = names.map((name) => `${arnPrefix("execute-api")}HttpApi/$default/POST/signed/${name}`)
    const stackArn = `${arnPrefix("cloudformation")}stack/superoffice-token-exchange-sod/*`
    expect(policy(stack, id)).toEqual([
      { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: functions },
      { Effect: "Allow", Action: "execute-api:Invoke", Resource: routes },
      // The operator's doctor reads the API's address from the stack.
      ...(id === "OperatorPolicy"
        ? [{ Effect: "Allow", Action: "cloudformation:DescribeStacks", Resource: [stackArn] }]
        : []),
    ])
  })

  it("leave out no function that other cloud functions may call", () => {
    expect(Object.values(policies).flat().sort()).toEqual([...cloudFunctions].sort())
    // One policy more is about secrets alone.
    expect(ofType(stack, "AWS::IAM::ManagedPolicy")).toHaveLength(Object.keys(policies).length + 1)
  })
})

describe("the secrets of tenants", () => {
  it("may be read by jobs with TenantSecretsPolicy, which allows nothing else", () => {
    expect(policy(stack, "TenantSecretsPolicy")).toEqual([readTenants("sod")])
  })

  it("are named by the client as the policy has them, and no other secret of the stage is among them", () => {
    const tenants = "superoffice/sod/tenants/"
    const isTenants = (stage: string) => {
      const named = tenantSecretId({ stage, tenant: "cust12345" })
      return named.ok && named.value.startsWith(tenants)
    }
    expect(["sod", "so", "sod2", "sod-tenants"].filter(isTenants)).toEqual(["sod"])
    for (const name of ["superoffice/sod", "superoffice/sod-app-token", "superoffice/sod/tenants"]) {
      expect(`${name}-a1B2c3`.startsWith(tenants)).toBe(false)
    }
  })
})

describe("the app token secret", () => {
  const named = `${arnPrefix("secretsmanager")}secret:superoffice/online-app-token-??????`
  it.each([
    ["that has a name", "online", byName, named],
    ["that has an ARN", "acme", byArn, appTokenSecretArn],
  ])(
    "%s may be read by callers of authenticate-system-user alone, with its key",
    (_how, stage, other, arn) => {
      expect(beyondInvoking(other, "SystemUserCallerPolicy")).toEqual([readSecret(arn), decryptSecrets])
      expect(beyondInvoking(other, "CallerPolicy")).toEqual([])
      expect(policy(other, "TenantSecretsPolicy")).toEqual([readTenants(stage), decryptSecrets])
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
