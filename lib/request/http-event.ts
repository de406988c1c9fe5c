import { ExchangeError, requestInvalid } from "../errors.ts"
import { readRequestCookies, type RequestCookies } from "./cookies.ts"
import type { Fields } from "./fields.ts"
import { isPlainObject, parseJson } from "../json.ts"

/** An HTTP request as API Gateway's HTTP API or a function URL sends it: payload format 2.0. */
export interface HttpRequestEvent {
  readonly method: string
  /** The path, without the query. Empty if the gateway wrote none. */
  readonly path: string
  readonly headers: Headers
  readonly cookies: RequestCookies
  readonly body: unknown
  readonly isBase64Encoded: boolean
  readonly accountId: unknown
  /** What the route's authorizer wrote; absent on a route without one. */
  readonly authorizer: unknown
}

/** The headers of a request. */
export interface Headers {
  /** The value of a header by its lower-case name, several joined by a comma; undefined when absent. */
  get(name: string): string | undefined
}

/** A direct invocation, or an HTTP request. */
export type KnownEvent =
  | { readonly kind: "direct"; readonly fields: Fields }
  | { readonly kind: "http"; readonly request: HttpRequestEvent }

/** An event of Lambda. One of another service, or of another payload version, is unknown. */
export type ParsedEvent = KnownEvent | { readonly kind: "unknown" }

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
export function parseEvent(event: unknown): ParsedEvent {
  if (!isPlainObject(event)) return { kind: "unknown" }
  if (!gatewayMembers.some((name) => name in event)) return { kind: "direct", fields: event }
  const context = event.requestContext
  if (event.version !== "2.0" || !isPlainObject(context) || !isPlainObject(context.http))
    return { kind: "unknown" }
  const { method } = context.http
  if (typeof method !== "string") return { kind: "unknown" }
  return {
    kind: "http",
    request: {
      method,
      path: typeof event.rawPath === "string" ? event.rawPath : "",
      headers: readHeaders(event.headers),
      cookies: readRequestCookies(event.cookies),
      body: event.body,
      isBase64Encoded: event.isBase64Encoded === true,
      accountId: context.accountId,
      authorizer: context.authorizer,
    },
  }
}

const maxBodyBytes = 32 * 1024

/** The methods a function answers; `OPTIONS` is a page's preflight. */
export const allowedMethods = "POST, OPTIONS"

/** Throws `method_not_allowed` unless the method is POST or OPTIONS. */
export function checkMethod(request: HttpRequestEvent): void {
  if (request.method === "POST" || request.method === "OPTIONS") return
  throw new ExchangeError("method_not_allowed", "the method is neither POST nor OPTIONS")
}

/**
 * Reads the fields from the body of an HTTP request. Their values are not checked.
 *
 * Throws `request_too_large`, `media_type_unsupported` or `request_invalid`, in this order.
 */
export function readFields(request: HttpRequestEvent): Fields {
  const bytes = bodyBytes(request)
  if (bytes.length > maxBodyBytes) throw new ExchangeError("request_too_large", "the body is over 32 KiB")
  const mediaType = mediaTypeOf(request)
  if (mediaType === "application/json") return readJson(decodeUtf8(bytes))
  if (mediaType === "application/x-www-form-urlencoded") return readForm(decodeUtf8(bytes))
  throw new ExchangeError("media_type_unsupported", "the body is neither JSON nor form-encoded")
}

/** The media type of the body, in lower case and without parameters. */
export function mediaTypeOf(request: HttpRequestEvent): string | undefined {
  return request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase()
}

function bodyBytes(request: HttpRequestEvent): Buffer {
  if (typeof request.body !== "string") return Buffer.alloc(0)
  return Buffer.from(request.body, request.isBase64Encoded ? "base64" : "utf8")
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    throw requestInvalid("The body must be valid UTF-8.")
  }
}

function readJson(text: string): Fields {
  const value = parseJson(text)
  if (!isPlainObject(value)) throw requestInvalid("The body must be a JSON object.")
  return value
}

/** RFC 6749 §3.2: a parameter must not be sent twice. The error names no field, because the name comes from the caller. */
function readForm(text: string): Fields {
  const fields = new Map<string, string>()
  for (const pair of text.split("&")) {
    if (pair === "") continue
    const at = pair.indexOf("=")
    const name = decodeFormText(at < 0 ? pair : pair.slice(0, at))
    const value = decodeFormText(at < 0 ? "" : pair.slice(at + 1))
    if (fields.has(name)) throw requestInvalid("A form field must not be sent twice.")
    fields.set(name, value)
  }
  return Object.fromEntries(fields)
}

function decodeFormText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    throw requestInvalid("The form must be percent-encoded UTF-8.")
  }
}

function readHeaders(headers: unknown): Headers {
  const byName = new Map<string, string[]>()
  for (const [name, value] of Object.entries(isPlainObject(headers) ? headers : {})) {
    if (typeof value !== "string") continue
    const key = name.toLowerCase()
    const values = byName.get(key)
    if (values) values.push(value)
    else byName.set(key, [value])
  }
  // The gateway joins repeated headers with a comma, which no origin or media type that we accept contains.
  return { get: (name) => byName.get(name)?.join(",") }
}
