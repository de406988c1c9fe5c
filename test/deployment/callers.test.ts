import { beforeAll, describe, expect, it } from "vitest"
import { tenantSecretId } from "../../client/cloud.ts"
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
      TenantSecretsPolicyArn: "TenantSecretsPolicy",
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
    // One policy more is about secrets alone.
    expect(ofType(stack, "AWS::IAM::ManagedPolicy")).toHaveLength(Object.keys(policies).length + 1)
  })
})

const secretKmsKeyArn = `${arnPrefix("kms")}key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d`

const tenants = {
  Effect: "Allow",
  Action: "secretsmanager:GetSecretValue",
  Resource: [`${arnPrefix("secretsmanager")}secret:superoffice/sod/tenants/*`],
}

describe("the secrets of tenants", () => {
  it("may be read by jobs with TenantSecretsPolicy, which allows nothing else", () => {
    expect(statementsOf(stack, "TenantSecretsPolicy")).toEqual([tenants])
  })

  it("are named by the client as the policy has them, and no other secret of the stage is among them", () => {
    const [prefix = ""] = tenants.Resource.map((arn) => arn.replace(/\*$/, ""))
    const arnOf = (name: string) => `${arnPrefix("secretsmanager")}secret:${name}-a1B2c3`
    const named = tenantSecretId({ stage: "sod", tenant: "cust12345" })
    expect(named.ok && arnOf(named.value).startsWith(prefix)).toBe(true)
    for (const stage of ["so", "sod2", "sod-tenants"]) {
      const other = tenantSecretId({ stage, tenant: "cust12345" })
      expect(other.ok && arnOf(other.value).startsWith(prefix)).toBe(false)
    }
    for (const name of ["superoffice/sod", "superoffice/sod-app-token", "superoffice/sod/tenants"]) {
      expect(arnOf(name).startsWith(prefix)).toBe(false)
    }
  })
})

describe("the app token secret", () => {
  const exampleArn = `${arnPrefix("secretsmanager")}secret:superoffice/app-token-a1B2c3`
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
      [readSecret(exampleArn), decryptWith(secretKmsKeyArn)],
    ],
  ])("may be read by callers of authenticate-system-user alone, %s", async (_how, params, statements) => {
    const { stack: other } = await packageService({ params: { clientSecretId: "example", ...params } })
    expect(beyondInvoking(other, "SystemUserCallerPolicy")).toEqual(statements)
    expect(beyondInvoking(other, "CallerPolicy")).toEqual([])
    // Here too, because packaging takes a while: the policy for tenants' secrets, with the same key.
    const others = statements.filter((statement) => object(statement).Action === "kms:Decrypt")
    expect(beyondInvoking(other, "TenantSecretsPolicy")).toEqual([tenants, ...others])
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
  function beyondInvoking(other: StackTemplate, id: string): readonly Json[] {
    const statements = statementsOf(other, id)
    const invoking: readonly Json[] = ["lambda:InvokeFunction", "execute-api:Invoke"]
    return statements.filter((statement) => !invoking.includes(object(statement).Action ?? null))
  }
})

function statementsOf({ resources }: StackTemplate, id: string): readonly Json[] {
  return list(object(object(resources[id]?.properties).PolicyDocument).Statement)
}

/** Only by way of Secrets Manager. */
function decryptWith(keyArn: string): Json {
  return {
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: keyArn,
    Condition: { StringEquals: { "kms:ViaService": `secretsmanager.${account.region}.amazonaws.com` } },
  }
}
