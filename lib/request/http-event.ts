import { mediaTypeOf, type HttpRequestEvent } from "./caller.ts"
import { ExchangeError, requestInvalid } from "../errors.ts"
import type { Fields } from "./fields.ts"
import { isPlainObject, parseJson } from "../json.ts"

const maxBodyBytes = 32 * 1024

/** The methods a function answers; `OPTIONS` is a page's preflight. */
export const allowedMethods = "POST, OPTIONS"

/** Throws `method_not_allowed` unless the method is POST or OPTIONS. */
export function checkMethod(request: HttpRequestEvent): void {
  if (request.method === "POST" || request.method === "OPTIONS") return
  throw new ExchangeError("method_not_allowed", "the method is neither POST nor OPTIONS")
}

/**
 * Reads the body of an HTTP request into the request as an object.
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

/** RFC 6749 §3.2: a parameter must not be sent twice. The sentence repeats no name, since names come from the caller. */
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
