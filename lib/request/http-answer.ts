import { allowedMethods } from "./http-event.ts"
import { statusOf } from "../errors.ts"
import type { ErrorResponse } from "../contract.ts"

/** An HTTP answer in the shape of API Gateway's payload format 2.0. */
export interface HttpResult {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  /** `Set-Cookie` values. */
  readonly cookies?: readonly string[]
  readonly body?: string
}

/** Headers of every answer: it must not be stored, sniffed or framed, and no referrer is sent. */
const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  vary: "Origin",
  "x-content-type-options": "nosniff",
} as const

/** The answer of a success. `origin` is the request's, when it is a listed one. */
export function httpSuccess(
  body: object,
  origin: string | undefined,
  cookies: readonly string[] = [],
): HttpResult {
  return json(200, body, corsHeaders(origin), cookies)
}

/** The answer of an error, with the headers that its status requires. `origin` is that of `httpSuccess`. */
export function httpError(
  body: ErrorResponse,
  origin: string | undefined,
  cookies: readonly string[] = [],
  allow: string = allowedMethods,
): HttpResult {
  const headers = {
    ...corsHeaders(origin),
    ...(body.code === "method_not_allowed" && { allow }),
    ...(body.retry_after_seconds !== undefined && { "retry-after": String(body.retry_after_seconds) }),
  }
  return json(statusOf(body.code), body, headers, cookies)
}

/** A public document, which verifiers and their caches keep for an hour (RFC 9111 §5.2.2.1). */
export function httpDocument(document: object, origin: string | undefined): HttpResult {
  return json(200, document, { ...corsHeaders(origin), "cache-control": "public, max-age=3600" }, [])
}

/** The answer for a document that this deployment does not have. */
export function httpNotFound(origin: string | undefined): HttpResult {
  return { statusCode: 404, headers: { ...securityHeaders, ...corsHeaders(origin) } }
}

/** The answer to a listed page's preflight, for a deployment whose gateway does not answer it. */
export function httpPreflight(origin: string): HttpResult {
  return {
    statusCode: 204,
    headers: {
      ...securityHeaders,
      ...corsHeaders(origin),
      "access-control-allow-headers": "content-type, x-csrf",
      "access-control-allow-methods": "POST",
      "access-control-max-age": "7200",
    },
  }
}

function json(
  statusCode: number,
  body: object,
  headers: Readonly<Record<string, string>>,
  cookies: readonly string[],
): HttpResult {
  return {
    statusCode,
    headers: { ...securityHeaders, "content-type": "application/json; charset=utf-8", ...headers },
    ...(cookies.length > 0 && { cookies }),
    body: JSON.stringify(body),
  }
}

function corsHeaders(origin: string | undefined): Readonly<Record<string, string>> {
  if (origin === undefined) return {}
  return { "access-control-allow-origin": origin, "access-control-allow-credentials": "true" }
}
