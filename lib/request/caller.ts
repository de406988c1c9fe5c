import type { Config } from "../config.ts"
import { ExchangeError, requestInvalid } from "../errors.ts"
import { isPlainObject } from "../json.ts"
import type { RequestCookies } from "./cookies.ts"
import { mediaTypeOf, type HttpRequestEvent, type KnownEvent } from "./http-event.ts"

/** The caller of a request, decided once from the event that the gateway wrote. */
export type Caller = BrowserCaller | { readonly door: "signed" } | { readonly door: "direct" }

/** A page of a listed origin. Its cookies have not been opened: anybody may have written them. */
export interface BrowserCaller {
  readonly door: "browser"
  readonly origin: string
  readonly cookies: RequestCookies
  /**
   * True for JSON with `X-CSRF: 1`, which no page of another origin can send without a preflight: only such a request may
   * rely on a cookie (RFC 10017 §6.1.3.3.2).
   */
  readonly hasCsrfHeader: boolean
}

/**
 * Decides who is calling. Throws `origin_not_allowed` for an HTTP request that is neither signed nor from a listed origin,
 * and `request_invalid` for a page on another site that would need a cookie of this one.
 */
export function callerOf(event: KnownEvent, config: Config): Caller {
  return event.kind === "direct" ? { door: "direct" } : httpCaller(event.request, config)
}

function httpCaller(request: HttpRequestEvent, config: Config): Caller {
  if (request.authorizer !== undefined && request.authorizer !== null) return signedCaller(request)
  const origin = allowedOrigin(request, config)
  if (origin === undefined) throw notAllowed("the request is neither signed nor from a listed origin")
  if (config.refreshTokenDelivery === "cookie" && request.headers.get("sec-fetch-site") === "cross-site") {
    throw requestInvalid(
      "This page is on another site, where its cookie could not be kept: REFRESH_TOKEN_DELIVERY must be partitioned or sealed.",
    )
  }
  const hasCsrfHeader = mediaTypeOf(request) === "application/json" && request.headers.get("x-csrf") === "1"
  return { door: "browser", origin, cookies: request.cookies, hasCsrfHeader }
}

/** The request's `Origin` when it is exactly one of the listed ones. */
export function allowedOrigin(request: HttpRequestEvent, config: Config): string | undefined {
  const origin = request.headers.get("origin")
  return origin !== undefined && config.allowedOrigins.has(origin) ? origin : undefined
}

/** Refuses pages, which can sign too, with credentials of an identity pool. They are not let in by another door instead. */
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

/** The error for every caller that is not allowed. `why` is for the log only. */
export function notAllowed(why: string): ExchangeError {
  return new ExchangeError("origin_not_allowed", why)
}
