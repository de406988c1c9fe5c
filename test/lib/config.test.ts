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
  apiToken: undefined,
}
const optional = [
  "PRIVATE_KEY_SECRET_ID",
  "ALLOWED_ORIGINS",
  "ALLOWED_REDIRECT_URIS",
  "REFRESH_TOKEN_DELIVERY",
  "SESSION_MAX_AGE_SECONDS",
  "CLOCK_TOLERANCE_SECONDS",
  "SECRET_MAX_AGE_SECONDS",
  "KEY_SET_MAX_AGE_SECONDS",
  "LOG_LEVEL",
  "METRICS_NAMESPACE",
  "LOCAL_PROVIDER_URL",
  "API_TOKEN_AUDIENCE",
  "API_TOKEN_ISSUER",
  "API_TOKEN_KEYS_SECRET_ID",
  "API_TOKEN_SECONDS",
]

describe("the settings", () => {
  it("need no more than an environment and the name of a secret, and cannot be changed", () => {
    const config = loadConfig(complete)
    expect(config).toEqual(defaults)
    expect(config).toSatisfy(Object.isFrozen)
  })

  it.each(["sod", "qaonline", "online"] as const)("choose the endpoints of %s (C22)", (environment) => {
    expect(loadConfig({ ...complete, SUPEROFFICE_ENVIRONMENT: environment })).toEqual({
      ...defaults,
      environment,
      endpoints: endpointsOf(environment),
    })
  })

  it.each(optional)("take an empty %s for one that is not set", (name) => {
    expect(loadConfig({ ...complete, [name]: "" })).toEqual(defaults)
  })

  const origins = "https://a.example , https://b.example:8443,http://localhost:5173,http://127.0.0.1"
  const sealed = { refreshTokenDelivery: "sealed", sessionMaxAgeSeconds: 3600 }
  it.each<[string, string, object]>([
    ["PRIVATE_KEY_SECRET_ID", "superoffice/key", { privateKeySecretId: "superoffice/key" }],
    ["ALLOWED_ORIGINS", origins, { allowedOrigins: new Set(origins.split(/ ?, ?/)) }],
    ["ALLOWED_ORIGINS", "http://[::1]:8080", { allowedOrigins: new Set(["http://[::1]:8080"]) }],
    ["ALLOWED_REDIRECT_URIS", "a:/b , c:/d?e", { allowedRedirectUris: new Set(["a:/b", "c:/d?e"]) }],
    ["REFRESH_TOKEN_DELIVERY", "partitioned", { refreshTokenDelivery: "partitioned" }],
    ["REFRESH_TOKEN_DELIVERY", "sealed", sealed],
    ["LOG_LEVEL", "DEBUG", { logLevel: "DEBUG" }],
    ["LOG_LEVEL", "INFO", {}],
    ["LOG_LEVEL", "ERROR", { logLevel: "ERROR" }],
    ["METRICS_NAMESPACE", "ours/AWS-1.a_b#c", { metricsNamespace: "ours/AWS-1.a_b#c" }],
    ["METRICS_NAMESPACE", "x".repeat(255), { metricsNamespace: "x".repeat(255) }],
    ["NODE_TLS_REJECT_UNAUTHORIZED", "1", {}],
  ])("are parsed with %s=%s", (name, text, parsed) => {
    expect(loadConfig({ ...complete, [name]: text })).toEqual({ ...defaults, ...parsed })
  })

  const environments = "must be sod, qaonline or online"
  const exactOrigins =
    "must be exact origins, comma-separated: https:, or http: on loopback, with no path and no wildcard"
  const uris = "must be absolute URIs without fragment, comma-separated"
  const namespace = "must be letters, digits and . - _ / #, 255 at most, and not begin with AWS/"
  const from = (min: number, max: number) => `must be a whole number from ${min} to ${max}`
  it.each<[string, string, string[]]>([
    ["SUPEROFFICE_ENVIRONMENT", "is required", [""]],
    ["CLIENT_SECRET_ID", "is required", [""]],
    ["SUPEROFFICE_ENVIRONMENT", environments, ["SOD", "constructor"]],
    ["SUPEROFFICE_ENVIRONMENT", `${environments}: this one is called qaonline`, ["stage", "qa"]],
    ["SUPEROFFICE_ENVIRONMENT", `${environments}: this one is called online`, ["production"]],
    ["SUPEROFFICE_ENVIRONMENT", `${environments}: this one is called sod`, ["dev"]],
    ["ALLOWED_ORIGINS", exactOrigins, ["*", "https://*.example.com", "null", "https://a.example/"]],
    ["ALLOWED_ORIGINS", exactOrigins, ["https://a.example:443", "https://A.example", "https://a.example,"]],
    ["ALLOWED_ORIGINS", exactOrigins, ["https://a.example https://b.example", "http://a.example"]],
    ["ALLOWED_ORIGINS", exactOrigins, ["http://localhost.example.com", "ftp://localhost"]],
    ["ALLOWED_REDIRECT_URIS", uris, ["/callback", "https://a.example/cb#there", "https://a.example/cb,"]],
    ["REFRESH_TOKEN_DELIVERY", "must be cookie, partitioned or sealed", ["body", "Cookie"]],
    ["CLOCK_TOLERANCE_SECONDS", from(0, 300), ["1.5", "1e2", " 60", "0000000000"]],
    ["LOG_LEVEL", "must be DEBUG, INFO, WARN or ERROR", ["debug"]],
    ["METRICS_NAMESPACE", namespace, ["AWS/Lambda", "two words", "x".repeat(256)]],
    ["NODE_TLS_REJECT_UNAUTHORIZED", "must not be 0: certificates are always checked", ["0"]],
  ])("name a wrong %s as the one problem, which %s: %j", (name, problem, values) => {
    for (const text of values) {
      const config = loadConfig({ ...complete, [name]: text })
      expect(config, text).toMatchObject({ problems: [`${name} ${problem}`] })
    }
  })

  it.each([
    ["SESSION_MAX_AGE_SECONDS", "sessionMaxAgeSeconds", 60, 2_592_000],
    ["CLOCK_TOLERANCE_SECONDS", "clockToleranceSeconds", 0, 300],
    ["SECRET_MAX_AGE_SECONDS", "secretMaxAgeSeconds", 1, 86_400],
    ["KEY_SET_MAX_AGE_SECONDS", "keySetMaxAgeSeconds", 1, 86_400],
  ])("take %s as %s from %d to %d, and nothing beyond", (name, field, min, max) => {
    for (const value of [min, max])
      expect(loadConfig({ ...complete, [name]: String(value) })).toEqual({ ...defaults, [field]: value })
    for (const value of [min - 1, max + 1])
      expect(loadConfig({ ...complete, [name]: String(value) })).toMatchObject({
        problems: [`${name} ${from(min, max)}`],
      })
  })

  it("give a sealed session an hour and no more", () => {
    const env = { ...complete, REFRESH_TOKEN_DELIVERY: "sealed", SESSION_MAX_AGE_SECONDS: "3601" }
    expect(loadConfig(env)).toMatchObject({ problems: [`SESSION_MAX_AGE_SECONDS ${from(60, 3600)}`] })
  })

  it("name all problems at once, and keep what the log needs of the settings that are right", () => {
    const env = { SUPEROFFICE_ENVIRONMENT: "online", LOG_LEVEL: "WARN", METRICS_NAMESPACE: "ours/online" }
    const wrong = { ALLOWED_ORIGINS: "*", REFRESH_TOKEN_DELIVERY: "body" }
    expect(loadConfig({ ...env, ...wrong })).toEqual({
      problems: [
        "CLIENT_SECRET_ID is required",
        "REFRESH_TOKEN_DELIVERY must be cookie, partitioned or sealed",
        `ALLOWED_ORIGINS ${exactOrigins}`,
      ],
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
  ])("is refused while the endpoint of Secrets Manager is %s", (_case, env) => {
    expect(loadConfig({ ...complete, ...local, ...env })).toMatchObject({
      problems: [
        "LOCAL_PROVIDER_URL needs AWS_ENDPOINT_URL_SECRETS_MANAGER on loopback too: a real secret never goes to a local provider",
      ],
    })
  })
})

describe("whatever the settings are, loadConfig", () => {
  const seed = 4101
  const name = fc.constantFrom("SUPEROFFICE_ENVIRONMENT", ...optional)
  const hostile = fc.constantFrom("__proto__", "toString", "//", "0")
  const value = fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), hostile)

  it(`gives a config or a list of problems, and never throws (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.dictionary(name, value), (some) => {
        const config = loadConfig({ ...complete, ...some })
        if ("problems" in config) expect(config.problems).not.toEqual([])
        else expect(Object.keys(config).sort()).toEqual(Object.keys(defaults).sort())
      }),
      { seed },
    )
  })

  it(`repeats no value in a problem (seed ${seed})`, () => {
    fc.assert(
      fc.property(name, value, (name, text) => {
        const config = loadConfig({ ...complete, ...local, [name]: `canary${text}` })
        expect(JSON.stringify("problems" in config && config.problems)).not.toContain("canary")
      }),
      { seed },
    )
  })
})

describe("the settings of tokens for the partner's own API", () => {
  const on = {
    ...complete,
    API_TOKEN_AUDIENCE: "https://api.example.com",
    API_TOKEN_ISSUER: "https://login.example.com",
    API_TOKEN_KEYS_SECRET_ID: "superoffice/signing-keys",
  }
  const apiToken = {
    audience: "https://api.example.com",
    issuer: "https://login.example.com",
    keysSecretId: "superoffice/signing-keys",
    lifetimeSeconds: 600,
  }

  it("are an audience, an issuer and a secret, for ten minutes", () => {
    expect(loadConfig(on)).toEqual({ ...defaults, apiToken })
  })

  it("switch nothing on without an audience, whatever the others are", () => {
    const off = { ...on, API_TOKEN_AUDIENCE: "", API_TOKEN_ISSUER: "no URL" }
    expect(loadConfig(off)).toEqual(defaults)
  })

  it.each(["60", "3600"])("may say %s seconds", (seconds) => {
    const lifetimeSeconds = Number(seconds)
    expect(loadConfig({ ...on, API_TOKEN_SECONDS: seconds })).toMatchObject({ apiToken: { lifetimeSeconds } })
  })

  it.each(["api", "urn:example:api", "x".repeat(255)])("may name the audience %s", (audience) => {
    expect(loadConfig({ ...on, API_TOKEN_AUDIENCE: audience })).toMatchObject({ apiToken: { audience } })
  })

  const issuer = "API_TOKEN_ISSUER must be an https: URL without a path, and without a slash at its end"
  it.each<[string, string[]]>([
    ["API_TOKEN_ISSUER is required by API_TOKEN_AUDIENCE", [""]],
    [
      issuer,
      [
        "https://login.example.com/",
        "https://login.example.com/stage",
        "https://LOGIN.example.com",
        "https://login.example.com:443",
        "https://login.example.com?a=b",
        "https://user@login.example.com",
        "https://*.example.com",
        "http://login.example.com",
        "http://127.0.0.1:3000",
        "login.example.com",
      ],
    ],
  ])("say that %s", (problem, texts) => {
    for (const text of texts) {
      expect(loadConfig({ ...on, API_TOKEN_ISSUER: text })).toMatchObject({ problems: [problem] })
    }
  })

  it.each([
    ["API_TOKEN_KEYS_SECRET_ID", "", "is required by API_TOKEN_AUDIENCE"],
    ["API_TOKEN_SECONDS", "59", "must be a whole number from 60 to 3600"],
    ["API_TOKEN_SECONDS", "3601", "must be a whole number from 60 to 3600"],
    ["API_TOKEN_AUDIENCE", "two words", "must be 1 to 255 printable ASCII characters, without a space"],
    ["API_TOKEN_AUDIENCE", "x".repeat(256), "must be 1 to 255 printable ASCII characters, without a space"],
  ])("say that %s=%s %s", (name, text, problem) => {
    expect(loadConfig({ ...on, [name]: text })).toMatchObject({ problems: [`${name} ${problem}`] })
  })

  it("allow plain HTTP on loopback for a local provider alone", () => {
    const here = { ...on, API_TOKEN_ISSUER: "http://127.0.0.1:3000" }
    expect(loadConfig(here)).toMatchObject({ problems: [issuer] })
    expect(loadConfig({ ...here, ...local })).toMatchObject({ apiToken: { issuer: "http://127.0.0.1:3000" } })
    expect(loadConfig({ ...here, ...local, API_TOKEN_ISSUER: "http://10.0.0.1" })).toMatchObject({
      problems: [issuer],
    })
  })
})
