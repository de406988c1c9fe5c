import type { Config } from "../config.ts"
import { ExchangeError, requestInvalid } from "../errors.ts"
import { isPlainObject } from "../json.ts"

/** Who is calling, decided once from what the gateway wrote. */
export type Caller = BrowserCaller | { readonly door: "signed" } | { readonly door: "direct" }

/** A page of a listed origin. Its cookies are sealed by us, or worth nothing. */
export interface BrowserCaller {
  readonly door: "browser"
  readonly origin: string
  readonly cookies: ReadonlyMap<string, string>
  /**
   * True for JSON with `X-CSRF: 1`, which no page of another origin can send without a preflight: only such a request may
   * draw authority from a cookie (RFC 10017 §6.1.3.3.2).
   */
  readonly isGuarded: boolean
}

/** An HTTP request as API Gateway's HTTP API or a function URL hands it over: payload format 2.0. */
export interface HttpRequestEvent {
  readonly method: string
  readonly headers: Headers
  readonly cookies: ReadonlyMap<string, string>
  readonly body: unknown
  readonly isBase64Encoded: boolean
  readonly accountId: unknown
  /** What the route's authorizer wrote; absent on a route without one. */
  readonly authorizer: unknown
}

export interface Headers {
  /** The value of a header by its lower-case name, several joined by a comma; undefined when absent. */
  get(name: string): string | undefined
}

/** What came in: a request as an object, an HTTP request, or an event of some other service. */
export type Arrival =
  | { readonly kind: "direct"; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: "http"; readonly request: HttpRequestEvent }
  | { readonly kind: "foreign" }

/** Members that only gateways and event sources write; a direct invocation has none of them. */
const gatewayMembers = [
  "requestContext",
  "headers",
  "multiValueHeaders",
  "httpMethod",
  "routeKey",
  "rawPath",
  "Records",
  "detail-type",
]

/** Tells the three kinds of event apart. An HTTP event can never be taken for a direct invocation. */
export function readArrival(event: unknown): Arrival {
  if (!isPlainObject(event)) return { kind: "foreign" }
  if (!gatewayMembers.some((name) => name in event)) return { kind: "direct", fields: event }
  const context = event.requestContext
  if (event.version !== "2.0" || !isPlainObject(context) || !isPlainObject(context.http))
    return { kind: "foreign" }
  const { method } = context.http
  if (typeof method !== "string") return { kind: "foreign" }
  return {
    kind: "http",
    request: {
      method,
      headers: readHeaders(event.headers),
      cookies: readCookies(event.cookies),
      body: event.body,
      isBase64Encoded: event.isBase64Encoded === true,
      accountId: context.accountId,
      authorizer: context.authorizer,
    },
  }
}

/** The door of an HTTP request; throws `origin_not_allowed` for one that is neither signed nor from a listed origin. */
export function httpCaller(request: HttpRequestEvent, config: Config): Caller {
  if (request.authorizer !== undefined && request.authorizer !== null) return signedCaller(request)
  const origin = listedOrigin(request, config)
  if (origin === undefined) throw notAllowed("the request is neither signed nor from a listed origin")
  if (config.refreshTokenDelivery === "cookie" && request.headers.get("sec-fetch-site") === "cross-site") {
    throw requestInvalid(
      "This page is on another site, where its cookie could not be kept: REFRESH_TOKEN_DELIVERY must be partitioned or sealed.",
    )
  }
  const isGuarded = mediaTypeOf(request) === "application/json" && request.headers.get("x-csrf") === "1"
  return { door: "browser", origin, cookies: request.cookies, isGuarded }
}

/** The media type of the body, in lower case and without parameters. */
export function mediaTypeOf(request: HttpRequestEvent): string | undefined {
  return request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase()
}

/** The request's `Origin` when it is exactly one of the listed ones. */
export function listedOrigin(request: HttpRequestEvent, config: Config): string | undefined {
  const origin = request.headers.get("origin")
  return origin !== undefined && config.allowedOrigins.has(origin) ? origin : undefined
}

/** Pages can sign too, with credentials of an identity pool: those are refused here, never sent to another door. */
function signedCaller(request: HttpRequestEvent): Caller {
  const iam = isPlainObject(request.authorizer) ? request.authorizer.iam : undefined
  if (!isPlainObject(iam)) throw notAllowed("the authorizer wrote no IAM identity")
  const { userArn, cognitoIdentity } = iam
  const account = typeof userArn === "string" ? userArn.split(":")[4] : undefined
  if (!account || account !== request.accountId)
    throw notAllowed("the signer is not of this API's own account")
  if (cognitoIdentity !== undefined && cognitoIdentity !== null)
    throw notAllowed("the signer is an identity pool's")
  if (request.headers.get("origin") !== undefined) throw notAllowed("a signed request came from a page")
  return { door: "signed" }
}

/** The one answer to a caller that may not come in; `why` is for the log. */
export function notAllowed(why: string): ExchangeError {
  return new ExchangeError("origin_not_allowed", why)
}

/** Payload format 2.0 hands the cookies over one by one: `name=value`. */
function readCookies(cookies: unknown): ReadonlyMap<string, string> {
  const list: readonly unknown[] = Array.isArray(cookies) ? cookies : []
  return new Map(
    list
      .filter((cookie) => typeof cookie === "string")
      .map((cookie): [string, string] => {
        const at = cookie.indexOf("=")
        return at < 0 ? ["", cookie] : [cookie.slice(0, at).trim(), cookie.slice(at + 1).trim()]
      }),
  )
}

function readHeaders(headers: unknown): Headers {
  const byName = new Map<string, string[]>()
  for (const [name, value] of Object.entries(isPlainObject(headers) ? headers : {})) {
    if (typeof value !== "string") continue
    const key = name.toLowerCase()
    byName.set(key, [...(byName.get(key) ?? []), value])
  }
  // The gateway joins repeated headers with a comma, which no origin or media type that we accept contains.
  return { get: (name) => byName.get(name)?.join(",") }
}
