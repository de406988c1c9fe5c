import { existsSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { apiTokenKeysSecretArn, cloudOnly, everything, functionUrls } from "../support/deployments.ts"
import { origins, secretArn, usual } from "../support/deployments.ts"
import { packageService } from "../support/package.ts"
import {
  deployedName,
  environment,
  functionNames,
  functions,
  lambda,
  tokenFunctions,
} from "../support/service.ts"
import { ofType } from "../support/template.ts"

const [{ stack: pages }, { stack: asAsked }, { stack: atDomain }, { stack: atUrls }] = await Promise.all([
  packageService(usual),
  packageService(cloudOnly),
  packageService(everything),
  packageService(functionUrls),
])

describe("the functions", () => {
  it("each have a file under functions/ and a handler that the build makes", () => {
    for (const [name, { handler }] of Object.entries(functions)) {
      expect(handler).toBe(`dist/functions/${name}.handler`)
      expect(existsSync(new URL(`../../functions/${name}.ts`, import.meta.url)), name).toBe(true)
    }
  })

  it("run on a current Node, on arm64, with a time-out under the gateway's", () => {
    for (const name of functionNames) {
      expect(lambda(pages, name)).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Timeout: 20,
        MemorySize: 1024,
      })
    }
  })

  it("are not invoked again after an asynchronous failure", () => {
    expect(ofType(pages, "AWS::Lambda::EventInvokeConfig")).toMatchObject(
      functionNames.map((name) => ({ FunctionName: deployedName(pages, name), MaximumRetryAttempts: 0 })),
    )
  })

  it("get their settings, the secret's name and never a secret, and nothing for development", () => {
    for (const name of functionNames) {
      expect(environment(pages, name)).toEqual({
        SUPEROFFICE_ENVIRONMENT: "sod",
        CLIENT_SECRET_ID: "superoffice/sod",
        ALLOWED_ORIGINS: origins.join(","),
        ALLOWED_REDIRECT_URIS: "",
        REFRESH_TOKEN_DELIVERY: "partitioned",
        SESSION_MAX_AGE_SECONDS: "",
        LOG_LEVEL: "INFO",
        METRICS_NAMESPACE: "superoffice-token-exchange/sod",
        ...(name === "authenticate-system-user" && { PRIVATE_KEY_SECRET_ID: "" }),
        ...(knowsApiTokens(name) && {
          API_TOKEN_AUDIENCE: "",
          API_TOKEN_ISSUER: "HttpApi.ApiEndpoint",
          API_TOKEN_KEYS_SECRET_ID: "",
          API_TOKEN_SECONDS: "",
        }),
      })
    }
    expect(environment(asAsked, "authenticate-system-user")).toMatchObject({
      SUPEROFFICE_ENVIRONMENT: "online",
      CLIENT_SECRET_ID: secretArn,
      ALLOWED_ORIGINS: "",
      REFRESH_TOKEN_DELIVERY: "sealed",
      LOG_LEVEL: "WARN",
      METRICS_NAMESPACE: "superoffice-token-exchange/acme",
      PRIVATE_KEY_SECRET_ID: "superoffice/private-key",
    })
    expect(environment(atDomain, "token")).toMatchObject({
      SUPEROFFICE_ENVIRONMENT: "online",
      CLIENT_SECRET_ID: "superoffice/online",
      ALLOWED_ORIGINS: origins.join(","),
      REFRESH_TOKEN_DELIVERY: "cookie",
    })
  })

  it.each([
    ["that the deployment names", asAsked, "https://tokens.acme.example", apiTokenKeysSecretArn],
    ["of its domain", atDomain, "https://login.example", "superoffice/online-signing-keys"],
    ["of the API, without a domain", atUrls, "HttpApi.ApiEndpoint", "superoffice/sod-signing-keys"],
  ])(
    "sign tokens for the partner's own API with the issuer %s, and publish its keys",
    (_which, stack, issuer, keys) => {
      for (const name of functionNames) {
        const { API_TOKEN_ISSUER, API_TOKEN_KEYS_SECRET_ID } = environment(stack, name)
        const expected = knowsApiTokens(name) ? [issuer, keys] : [undefined, undefined]
        expect([API_TOKEN_ISSUER, API_TOKEN_KEYS_SECRET_ID], name).toEqual(expected)
      }
      expect(environment(asAsked, "token")).toMatchObject({
        API_TOKEN_AUDIENCE: "https://api.acme.example",
        API_TOKEN_SECONDS: "300",
      })
    },
  )

  it("take what concurrency the account has, or what is reserved for each, and are traced only when asked", () => {
    for (const name of functionNames) {
      expect(lambda(pages, name)).not.toHaveProperty("ReservedConcurrentExecutions")
      expect(lambda(pages, name).TracingConfig).toEqual({ Mode: "PassThrough" })
      expect(lambda(asAsked, name)).toMatchObject({
        ReservedConcurrentExecutions: "5",
        TracingConfig: { Mode: "Active" },
      })
    }
  })
})

function knowsApiTokens(name: string): boolean {
  return [...tokenFunctions, "well-known"].includes(name)
}

describe("the logs", () => {
  it("are kept for as long as the deployment says", () => {
    for (const [stack, stage, RetentionInDays] of [
      [pages, "sod", 90],
      [asAsked, "acme", 365],
    ] as const) {
      const names = functionNames.map((name) => `/aws/lambda/${deployedName(stack, name)}`)
      const all = [...names, `/aws/http-api/superoffice-token-exchange-${stage}`]
      expect(ofType(stack, "AWS::Logs::LogGroup")).toEqual(
        all.map((LogGroupName) => ({ LogGroupName, RetentionInDays })),
      )
    }
  })
})
