import type { Environment } from "./contract.ts"
import { endpointsOf, type Endpoints } from "./endpoints.ts"

/** How a page keeps its sealed refresh token: in a cookie, in a partitioned cookie, or by itself, from the body. */
export type RefreshTokenDelivery = "cookie" | "partitioned" | "sealed"

/** The level from which a log line has its details. Lines below it only carry the metrics. */
export type LogLevel = "DEBUG" | "INFO" | "WARN" | "ERROR"

/** The settings that a log line needs. They are known even when other settings are wrong. */
export interface LogConfig {
  /** Undefined when the setting is missing or wrong. */
  readonly environment: Environment | undefined
  readonly logLevel: LogLevel
  /** CloudWatch namespace of the metrics: one per deployment, so that no two share an alarm. */
  readonly metricsNamespace: string
}

/** The settings of one deployment, parsed. One deployment serves one SuperOffice application in one environment. */
export interface Config extends LogConfig {
  readonly environment: Environment
  readonly endpoints: Endpoints
  /** Host that `webapi_url` and `netserver_url` may also name when developing against a local provider. */
  readonly localHost: string | undefined
  /** Name or ARN of the secret with `client_id`, `client_secret` and, for pages, `sealing_keys`. */
  readonly clientSecretId: string
  /**
   * Name or ARN of the secret with the application's RSA key, which only the system user needs: PEM, or the XML of
   * SuperOffice's portal as it is.
   */
  readonly privateKeySecretId: string | undefined
  /** Exact origins that may use the browser door. An empty set closes it. */
  readonly allowedOrigins: ReadonlySet<string>
  /** Exact redirect URIs. Undefined: a page may use any on an allowed origin, other callers any at all. */
  readonly allowedRedirectUris: ReadonlySet<string> | undefined
  readonly refreshTokenDelivery: RefreshTokenDelivery
  /** How long a sealed refresh token may be used, from sign-in. */
  readonly sessionMaxAgeSeconds: number
  readonly clockToleranceSeconds: number
  readonly secretMaxAgeSeconds: number
  readonly keySetMaxAgeSeconds: number
  /** Undefined unless tokens for the partner's own API are switched on. */
  readonly apiToken: ApiTokenConfig | undefined
}

/** How tokens for the partner's own API are made (RFC 9068). */
export interface ApiTokenConfig {
  /** The deployment's own address, under which `well-known` publishes the keys: an origin. */
  readonly issuer: string
  /** The only audience: what the partner's API checks as `aud`. */
  readonly audience: string
  /** Name or ARN of the secret with the signing keys. */
  readonly keysSecretId: string
  readonly lifetimeSeconds: number
}

/** Settings with problems. Each is one sentence with the setting's name and what was expected, never its value. */
export interface InvalidConfig extends LogConfig {
  readonly problems: readonly string[]
}

type Env = Readonly<Record<string, string | undefined>>

/** Reads the settings. Never throws: a bad deployment answers `configuration_invalid` instead of crashing in a loop. */
export function loadConfig(env: Env): Config | InvalidConfig {
  const problems: string[] = []
  const read = <T>(name: string, parse: (text: string) => T, fallback: T): T => {
    const text = env[name]
    // An empty string counts as unset: deployment tools cannot leave a variable out.
    if (text === undefined || text === "") return fallback
    try {
      return parse(text)
    } catch (error) {
      problems.push(`${name} ${error instanceof InvalidSetting ? error.message : "cannot be read"}`)
      return fallback
    }
  }
  for (const name of ["SUPEROFFICE_ENVIRONMENT", "CLIENT_SECRET_ID"]) {
    if (!env[name]) problems.push(`${name} is required`)
  }
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === "0") {
    problems.push("NODE_TLS_REJECT_UNAUTHORIZED must not be 0: certificates are always checked")
  }

  const log: LogConfig = {
    environment: read<Environment | undefined>("SUPEROFFICE_ENVIRONMENT", parseEnvironment, undefined),
    logLevel: read<LogLevel>("LOG_LEVEL", parseLogLevel, "INFO"),
    metricsNamespace: read("METRICS_NAMESPACE", parseNamespace, "SuperOfficeTokenExchange"),
  }
  const environment = log.environment ?? "sod"
  const localProviderUrl = read("LOCAL_PROVIDER_URL", parseLocalUrl, undefined)
  if (env.LOCAL_PROVIDER_URL && !usesLocalSecretsManager(env)) {
    problems.push(
      "LOCAL_PROVIDER_URL needs AWS_ENDPOINT_URL_SECRETS_MANAGER on loopback too: a real secret never goes to a local provider",
    )
  }
  const audience = read("API_TOKEN_AUDIENCE", parseAudience, undefined)
  for (const name of env.API_TOKEN_AUDIENCE ? ["API_TOKEN_ISSUER", "API_TOKEN_KEYS_SECRET_ID"] : []) {
    if (!env[name]) problems.push(`${name} is required by API_TOKEN_AUDIENCE`)
  }
  const refreshTokenDelivery = read<RefreshTokenDelivery>("REFRESH_TOKEN_DELIVERY", parseDelivery, "cookie")
  const session = deliveries[refreshTokenDelivery]
  const config: Config = {
    ...log,
    environment,
    endpoints: endpointsOf(environment, localProviderUrl),
    localHost: localProviderUrl?.hostname,
    clientSecretId: env.CLIENT_SECRET_ID ?? "",
    privateKeySecretId: read("PRIVATE_KEY_SECRET_ID", String, undefined),
    allowedOrigins: read("ALLOWED_ORIGINS", parseOrigins, new Set()),
    allowedRedirectUris: read("ALLOWED_REDIRECT_URIS", parseRedirectUris, undefined),
    refreshTokenDelivery,
    sessionMaxAgeSeconds: read("SESSION_MAX_AGE_SECONDS", integerBetween(60, session.max), session.usual),
    clockToleranceSeconds: read("CLOCK_TOLERANCE_SECONDS", integerBetween(0, 300), 60),
    secretMaxAgeSeconds: read("SECRET_MAX_AGE_SECONDS", integerBetween(1, 86_400), 300),
    keySetMaxAgeSeconds: read("KEY_SET_MAX_AGE_SECONDS", integerBetween(1, 86_400), 3_600),
    apiToken:
      audience === undefined
        ? undefined
        : {
            audience,
            issuer: read("API_TOKEN_ISSUER", issuerParser(localProviderUrl !== undefined), ""),
            keysSecretId: env.API_TOKEN_KEYS_SECRET_ID ?? "",
            lifetimeSeconds: read("API_TOKEN_SECONDS", integerBetween(60, 3_600), 600),
          },
  }
  return problems.length > 0 ? { ...log, problems } : Object.freeze(config)
}

/** A setting that cannot be used. The message says what was expected, and follows the setting's name. */
class InvalidSetting extends Error {}

const misnamedEnvironments: Readonly<Record<string, Environment>> = {
  stage: "qaonline",
  qastage: "qaonline",
  staging: "qaonline",
  qa: "qaonline",
  dev: "sod",
  development: "sod",
  prod: "online",
  production: "online",
}

function parseEnvironment(text: string): Environment {
  if (text === "sod" || text === "qaonline" || text === "online") return text
  const meant = Object.hasOwn(misnamedEnvironments, text) ? misnamedEnvironments[text] : undefined
  throw new InvalidSetting(`must be sod, qaonline or online${meant ? `: this one is called ${meant}` : ""}`)
}

/**
 * Whether the browser keeps sealed values in cookies, and a session's age in seconds. `sealed` allows less, because script
 * can read the value.
 */
const deliveries = {
  cookie: { inCookie: true, usual: 28_800, max: 2_592_000 },
  partitioned: { inCookie: true, usual: 28_800, max: 2_592_000 },
  sealed: { inCookie: false, usual: 3_600, max: 3_600 },
} as const satisfies Record<RefreshTokenDelivery, object>

/** Whether this deployment's sessions and sign-ins are in cookies. Otherwise the page keeps the sealed values. */
export function keepsCookies({ refreshTokenDelivery }: Config): boolean {
  return deliveries[refreshTokenDelivery].inCookie
}

function parseDelivery(text: string): RefreshTokenDelivery {
  if (text === "cookie" || text === "partitioned" || text === "sealed") return text
  throw new InvalidSetting("must be cookie, partitioned or sealed")
}

function parseLogLevel(text: string): LogLevel {
  if (text === "DEBUG" || text === "INFO" || text === "WARN" || text === "ERROR") return text
  throw new InvalidSetting("must be DEBUG, INFO, WARN or ERROR")
}

/** CloudWatch's rules for a namespace. `AWS/` is reserved for AWS. */
function parseNamespace(text: string): string {
  if (/^(?!AWS\/)[\w.\-/#]{1,255}$/.test(text)) return text
  throw new InvalidSetting("must be letters, digits and . - _ / #, 255 at most, and not begin with AWS/")
}

function integerBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,7}$/.test(text) ? Number(text) : NaN
    if (value >= min && value <= max) return value
    throw new InvalidSetting(`must be a whole number from ${min} to ${max}`)
  }
}

function parseOrigins(text: string): ReadonlySet<string> {
  return new Set(commaSeparated(text).map(parseOrigin))
}

function parseOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // The URL parser accepts a `*` in a host.
  if (url?.origin === text && !text.includes("*") && (url.protocol === "https:" || isLoopbackHttp(url)))
    return text
  throw new InvalidSetting(
    "must be exact origins, comma-separated: https:, or http: on loopback, with no path and no wildcard",
  )
}

function parseRedirectUris(text: string): ReadonlySet<string> {
  const uris = commaSeparated(text)
  if (uris.every((uri) => URL.canParse(uri) && !uri.includes("#"))) return new Set(uris)
  throw new InvalidSetting("must be absolute URIs without fragment, comma-separated")
}

function parseAudience(text: string): string {
  if (/^[!-~]{1,255}$/.test(text)) return text
  throw new InvalidSetting("must be 1 to 255 printable ASCII characters, without a space")
}

/** Verifiers compare issuers byte for byte, and append `/.well-known/…` to this one. */
function issuerParser(isLocal: boolean): (text: string) => string {
  return (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    const isUsable = url?.protocol === "https:" || (isLocal && url && isLoopbackHttp(url))
    if (isUsable && url.origin === text && !text.includes("*")) return text
    throw new InvalidSetting("must be an https: URL without a path, and without a slash at its end")
  }
}

function commaSeparated(text: string): string[] {
  return text.split(",").map((part) => part.trim())
}

function parseLocalUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (
    url &&
    ["http:", "https:"].includes(url.protocol) &&
    isLoopback(url) &&
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === "" &&
    !url.username &&
    !url.password
  ) {
    return url
  }
  throw new InvalidSetting("must be http: or https: on 127.0.0.1, [::1] or localhost, with no path")
}

function usesLocalSecretsManager(env: Env): boolean {
  const endpoint = env.AWS_ENDPOINT_URL_SECRETS_MANAGER ?? ""
  // This variable makes the SDK ignore the endpoint that the environment names.
  const ignored = env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === "true"
  return !ignored && URL.canParse(endpoint) && isLoopback(new URL(endpoint))
}

function isLoopbackHttp(url: URL): boolean {
  return url.protocol === "http:" && isLoopback(url)
}

function isLoopback(url: URL): boolean {
  return ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname)
}
