import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { loadConfig } from "../../lib/config.ts"
import { endpointsOf } from "../../lib/endpoints.ts"

const complete = { SUPEROFFICE_ENVIRONMENT: "online", CLIENT_SECRET_ID: "superoffice/online" }
const local = {
  LOCAL_PROVIDER_URL: "http://127.0.0.1:9000",
  AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:9001",
}
const defaults = {
  environment: "online",
  endpoints: endpointsOf("online"),
  localHost: undefined,
  clientSecretId: "superoffice/online",
  privateKeySecretId: undefined,
  allowedOrigins: new Set(),
  allowedRedirectUris: undefined,
  refreshTokenDelivery: "cookie",
  sessionMaxAgeSeconds: 28_800,
  clockToleranceSeconds: 60,
  secretMaxAgeSeconds: 300,
  keySetMaxAgeSeconds: 3600,
  logLevel: "INFO",
  metricsNamespace: "SuperOfficeTokenExchange",
}

describe("settings that are right", () => {
  it("need no more than an environment and a secret's name", () => {
    expect(loadConfig(complete)).toEqual(defaults)
  })

  it("cannot be changed afterwards", () => {
    expect(loadConfig(complete)).toSatisfy(Object.isFrozen)
  })

  it.each(["sod", "qaonline", "online"] as const)("choose the endpoints of %s (C22)", (environment) => {
    expect(loadConfig({ ...complete, SUPEROFFICE_ENVIRONMENT: environment })).toEqual({
      ...defaults,
      environment,
      endpoints: endpointsOf(environment),
    })
  })

  it.each([
    ["ALLOWED_ORIGINS", "https://app.example.com", { allowedOrigins: new Set(["https://app.example.com"]) }],
    [
      "ALLOWED_ORIGINS",
      "https://a.example , https://b.example:8443",
      { allowedOrigins: new Set(["https://a.example", "https://b.example:8443"]) },
    ],
    ["ALLOWED_ORIGINS", "http://localhost:5173", { allowedOrigins: new Set(["http://localhost:5173"]) }],
    ["ALLOWED_ORIGINS", "http://127.0.0.1", { allowedOrigins: new Set(["http://127.0.0.1"]) }],
    ["ALLOWED_ORIGINS", "http://[::1]:8080", { allowedOrigins: new Set(["http://[::1]:8080"]) }],
    [
      "ALLOWED_REDIRECT_URIS",
      "https://a.example/cb?x=1, myapp:/cb",
      { allowedRedirectUris: new Set(["https://a.example/cb?x=1", "myapp:/cb"]) },
    ],
    ["CLOCK_TOLERANCE_SECONDS", "0", { clockToleranceSeconds: 0 }],
    ["CLOCK_TOLERANCE_SECONDS", "300", { clockToleranceSeconds: 300 }],
    ["SECRET_MAX_AGE_SECONDS", "1", { secretMaxAgeSeconds: 1 }],
    ["SECRET_MAX_AGE_SECONDS", "86400", { secretMaxAgeSeconds: 86_400 }],
    ["KEY_SET_MAX_AGE_SECONDS", "1", { keySetMaxAgeSeconds: 1 }],
    ["KEY_SET_MAX_AGE_SECONDS", "86400", { keySetMaxAgeSeconds: 86_400 }],
    ["REFRESH_TOKEN_DELIVERY", "cookie", {}],
    ["REFRESH_TOKEN_DELIVERY", "partitioned", { refreshTokenDelivery: "partitioned" }],
    ["REFRESH_TOKEN_DELIVERY", "sealed", { refreshTokenDelivery: "sealed", sessionMaxAgeSeconds: 3600 }],
    ["LOG_LEVEL", "DEBUG", { logLevel: "DEBUG" }],
    ["LOG_LEVEL", "INFO", {}],
    ["LOG_LEVEL", "WARN", { logLevel: "WARN" }],
    ["LOG_LEVEL", "ERROR", { logLevel: "ERROR" }],
    ["METRICS_NAMESPACE", "ours/AWS-1.a_b#c", { metricsNamespace: "ours/AWS-1.a_b#c" }],
    ["METRICS_NAMESPACE", "x".repeat(255), { metricsNamespace: "x".repeat(255) }],
    ["NODE_TLS_REJECT_UNAUTHORIZED", "1", {}],
  ])("come out parsed: %s=%s", (name, text, parsed) => {
    expect(loadConfig({ ...complete, [name]: text })).toEqual({ ...defaults, ...parsed })
  })

  it.each([
    "ALLOWED_ORIGINS",
    "ALLOWED_REDIRECT_URIS",
    "CLOCK_TOLERANCE_SECONDS",
    "SECRET_MAX_AGE_SECONDS",
    "KEY_SET_MAX_AGE_SECONDS",
    "LOG_LEVEL",
    "METRICS_NAMESPACE",
    "LOCAL_PROVIDER_URL",
  ])("may leave %s empty, which means its default", (name) => {
    expect(loadConfig({ ...complete, [name]: "" })).toEqual(defaults)
  })
})

const exactOrigins =
  "ALLOWED_ORIGINS must be exact origins, comma-separated: https:, or http: on loopback, with no path and no wildcard"
const uris = "ALLOWED_REDIRECT_URIS must be absolute URIs without fragment, comma-separated"
const deliveries = "REFRESH_TOKEN_DELIVERY must be cookie, partitioned or sealed"
const environments = "SUPEROFFICE_ENVIRONMENT must be sod, qaonline or online"
const namespace =
  "METRICS_NAMESPACE must be letters, digits and . - _ / #, 255 at most, and not begin with AWS/"
const fromTo = (name: string, least: number, most: number) =>
  `${name} must be a whole number from ${least} to ${most}`

describe("a setting that is wrong is named", () => {
  it.each([
    ["SUPEROFFICE_ENVIRONMENT", "", "SUPEROFFICE_ENVIRONMENT is required"],
    ["CLIENT_SECRET_ID", "", "CLIENT_SECRET_ID is required"],
    ["SUPEROFFICE_ENVIRONMENT", "SOD", environments],
    ["SUPEROFFICE_ENVIRONMENT", "constructor", environments],
    ["SUPEROFFICE_ENVIRONMENT", "stage", `${environments}: this one is called qaonline`],
    ["SUPEROFFICE_ENVIRONMENT", "production", `${environments}: this one is called online`],
    ["SUPEROFFICE_ENVIRONMENT", "dev", `${environments}: this one is called sod`],
    ["ALLOWED_ORIGINS", "*", exactOrigins],
    ["ALLOWED_ORIGINS", "https://*.example.com", exactOrigins],
    ["ALLOWED_ORIGINS", "null", exactOrigins],
    ["ALLOWED_ORIGINS", "https://app.example.com/", exactOrigins],
    ["ALLOWED_ORIGINS", "https://app.example.com:443", exactOrigins],
    ["ALLOWED_ORIGINS", "https://APP.example.com", exactOrigins],
    ["ALLOWED_ORIGINS", "https://app.example.com,", exactOrigins],
    ["ALLOWED_ORIGINS", "https://a.example https://b.example", exactOrigins],
    ["ALLOWED_ORIGINS", "http://app.example.com", exactOrigins],
    ["ALLOWED_ORIGINS", "http://localhost.example.com", exactOrigins],
    ["ALLOWED_ORIGINS", "ftp://app.example.com", exactOrigins],
    ["ALLOWED_ORIGINS", "ftp://localhost", exactOrigins],
    ["ALLOWED_REDIRECT_URIS", "/callback", uris],
    ["ALLOWED_REDIRECT_URIS", "https://a.example/cb#there", uris],
    ["ALLOWED_REDIRECT_URIS", "https://a.example/cb,", uris],
    ["REFRESH_TOKEN_DELIVERY", "body", deliveries],
    ["REFRESH_TOKEN_DELIVERY", "Cookie", deliveries],
    ["CLOCK_TOLERANCE_SECONDS", "301", fromTo("CLOCK_TOLERANCE_SECONDS", 0, 300)],
    ["CLOCK_TOLERANCE_SECONDS", "-1", fromTo("CLOCK_TOLERANCE_SECONDS", 0, 300)],
    ["CLOCK_TOLERANCE_SECONDS", "1.5", fromTo("CLOCK_TOLERANCE_SECONDS", 0, 300)],
    ["CLOCK_TOLERANCE_SECONDS", "1e2", fromTo("CLOCK_TOLERANCE_SECONDS", 0, 300)],
    ["CLOCK_TOLERANCE_SECONDS", " 60", fromTo("CLOCK_TOLERANCE_SECONDS", 0, 300)],
    ["SECRET_MAX_AGE_SECONDS", "0", fromTo("SECRET_MAX_AGE_SECONDS", 1, 86_400)],
    ["SECRET_MAX_AGE_SECONDS", "86401", fromTo("SECRET_MAX_AGE_SECONDS", 1, 86_400)],
    ["KEY_SET_MAX_AGE_SECONDS", "0", fromTo("KEY_SET_MAX_AGE_SECONDS", 1, 86_400)],
    ["KEY_SET_MAX_AGE_SECONDS", "86401", fromTo("KEY_SET_MAX_AGE_SECONDS", 1, 86_400)],
    ["LOG_LEVEL", "debug", "LOG_LEVEL must be DEBUG, INFO, WARN or ERROR"],
    ["METRICS_NAMESPACE", "AWS/Lambda", namespace],
    ["METRICS_NAMESPACE", "two words", namespace],
    ["METRICS_NAMESPACE", "x".repeat(256), namespace],
    [
      "NODE_TLS_REJECT_UNAUTHORIZED",
      "0",
      "NODE_TLS_REJECT_UNAUTHORIZED must not be 0: certificates are always checked",
    ],
  ])("%s=%s", (name, text, problem) => {
    expect(loadConfig({ ...complete, [name]: text })).toMatchObject({ problems: [problem] })
  })

  it("together with every other one", () => {
    const env = { SUPEROFFICE_ENVIRONMENT: "stage", ALLOWED_ORIGINS: "*", LOG_LEVEL: "loud" }
    expect(loadConfig(env)).toEqual({
      problems: [
        "CLIENT_SECRET_ID is required",
        `${environments}: this one is called qaonline`,
        "LOG_LEVEL must be DEBUG, INFO, WARN or ERROR",
        exactOrigins,
      ],
      environment: undefined,
      logLevel: "INFO",
      metricsNamespace: "SuperOfficeTokenExchange",
    })
  })

  it("and what the log needs is kept of the right ones", () => {
    const env = { SUPEROFFICE_ENVIRONMENT: "online", LOG_LEVEL: "WARN", METRICS_NAMESPACE: "ours/online" }
    expect(loadConfig(env)).toEqual({
      problems: ["CLIENT_SECRET_ID is required"],
      environment: "online",
      logLevel: "WARN",
      metricsNamespace: "ours/online",
    })
  })
})

describe("a local provider", () => {
  it.each(["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000/", "https://127.0.0.1:9000"])(
    "at %s takes every endpoint, but not the issuer",
    (url) => {
      expect(loadConfig({ ...complete, ...local, LOCAL_PROVIDER_URL: url })).toEqual({
        ...defaults,
        endpoints: endpointsOf("online", new URL(url)),
        localHost: new URL(url).hostname,
      })
    },
  )

  it.each([
    "https://127.0.0.2:9000",
    "http://127.0.0.2:9000",
    "http://provider.example.com",
    "http://localhost.example.com",
    "http://127.0.0.1@provider.example.com",
    "http://user@localhost:9000",
    "http://:password@localhost:9000",
    "http://localhost:9000/base",
    "http://localhost:9000/?query",
    "http://localhost:9000/#fragment",
    "ftp://localhost:9000",
    "http://",
    "localhost",
    "localhost:9000",
  ])("is never %s (C59)", (url) => {
    expect(loadConfig({ ...complete, ...local, LOCAL_PROVIDER_URL: url })).toMatchObject({
      problems: ["LOCAL_PROVIDER_URL must be http: or https: on 127.0.0.1, [::1] or localhost, with no path"],
    })
  })

  it.each([
    ["absent", { AWS_ENDPOINT_URL_SECRETS_MANAGER: undefined }],
    ["not a URL", { AWS_ENDPOINT_URL_SECRETS_MANAGER: "localhost" }],
    ["in the cloud", { AWS_ENDPOINT_URL_SECRETS_MANAGER: "https://secretsmanager.eu-west-1.amazonaws.com" }],
    ["ignored by the SDK", { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "True" }],
  ])("is refused while Secrets Manager's endpoint is %s: a real secret never goes there", (_case, env) => {
    expect(loadConfig({ ...complete, ...local, ...env })).toMatchObject({
      problems: [
        "LOCAL_PROVIDER_URL needs AWS_ENDPOINT_URL_SECRETS_MANAGER on loopback too: a real secret never goes to a local provider",
      ],
    })
  })
})

describe("whatever the settings are", () => {
  const seed = 4101
  const names = [
    "SUPEROFFICE_ENVIRONMENT",
    "ALLOWED_ORIGINS",
    "ALLOWED_REDIRECT_URIS",
    "CLOCK_TOLERANCE_SECONDS",
    "SECRET_MAX_AGE_SECONDS",
    "KEY_SET_MAX_AGE_SECONDS",
    "LOG_LEVEL",
    "METRICS_NAMESPACE",
    "LOCAL_PROVIDER_URL",
  ]
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.webUrl(),
    fc.constantFrom("__proto__", "toString", "//", "0"),
  )
  const env = fc.dictionary(fc.constantFrom(...names), value)

  it(`gives a config or a list of problems, and never throws (seed ${seed})`, () => {
    fc.assert(
      fc.property(env, (some) => {
        const config = loadConfig({ ...complete, ...some })
        if ("problems" in config) expect(config.problems).not.toEqual([])
        else expect(Object.keys(config).sort()).toEqual(Object.keys(defaults).sort())
      }),
      { seed },
    )
  })

  it(`repeats no value in a problem (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), value, (name, text) => {
        const config = loadConfig({ ...complete, ...local, [name]: `canary${text}` })
        expect(JSON.stringify("problems" in config && config.problems)).not.toContain("canary")
      }),
      { seed },
    )
  })
})
