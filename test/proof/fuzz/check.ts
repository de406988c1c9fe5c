import { decodeJwt } from "jose"
import { statusOf } from "../../../lib/errors.ts"
import type { ErrorCode } from "../../../lib/contract.ts"
import { isPlainObject } from "../../../lib/json.ts"

/** What bad input is never told, because the settings are right and nothing that a function reads is down. */
const unforeseen: ReadonlySet<string> = new Set<ErrorCode>([
  "configuration_invalid",
  "key_set_unavailable",
  "secret_unavailable",
  "unexpected",
  "upstream_timeout",
])

/** What a function answered, and the lines that it logged meanwhile. */
export interface Said {
  readonly result: unknown
  readonly log: readonly string[]
  /** Whether the function may answer with a document that everybody may keep. */
  readonly mayBePublic: boolean
}

const cleanPrototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype))

/** What is answered without a code, and logged as a success or not at all. */
const notCodes: Readonly<Record<string, string | undefined>> = {
  preflight: undefined,
  document: "ok",
  "no document": "ok",
}

/**
 * Gives the answer's code, `ok`, or which answer without a code it is. Throws when the answer is not one that the contract
 * foresees.
 */
export function check({ result, log, mayBePublic }: Said): string {
  if (JSON.stringify(Object.getOwnPropertyNames(Object.prototype)) !== cleanPrototype) {
    throw new Error("Object.prototype was changed")
  }
  if (!isPlainObject(result)) throw new Error("the answer is not an object")
  const document = mayBePublic ? checkDocument(result) : undefined
  const code = document ?? ("statusCode" in result ? checkHttp(result) : checkBody(result))
  const lines = log.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  const logged = code in notCodes ? notCodes[code] : code
  if (lines.at(-1)?.code !== logged) throw new Error(`the log does not say ${logged ?? "nothing"}`)
  return code
}

/** Which kind of document it is, or that there is none. Undefined for an error. */
function checkDocument({ statusCode, headers, body }: Readonly<Record<string, unknown>>): string | undefined {
  const cacheControl = isPlainObject(headers) ? headers["cache-control"] : undefined
  if (statusCode === 404) {
    if (body !== undefined || cacheControl !== "no-store") throw new Error("a missing document has content")
    return "no document"
  }
  if (statusCode !== 200) return undefined
  if (cacheControl !== "public, max-age=3600") throw new Error("a document may not be kept for an hour")
  if (/"(d|p|q|dp|dq|qi)":/.test(String(body))) throw new Error("a document has a private key")
  return isPlainObject(JSON.parse(String(body))) ? "document" : "list"
}

function checkHttp(result: Readonly<Record<string, unknown>>): string {
  const { statusCode, headers, body } = result
  if (!isPlainObject(headers) || headers["cache-control"] !== "no-store") {
    throw new Error("the answer may be cached")
  }
  if (statusCode === 204) return "preflight"
  const content: unknown = JSON.parse(String(body))
  if (!isPlainObject(content)) throw new Error("the body is not an object")
  const code = checkBody(content)
  const status = code === "ok" ? 200 : statusOf(code as ErrorCode)
  if (statusCode !== status) throw new Error(`${code} came with status ${String(statusCode)}`)
  return code
}

function checkBody(body: Readonly<Record<string, unknown>>): string {
  if (!("error" in body)) return checkSuccess(body)
  const { code, retryable, request_id } = body
  if (typeof code !== "string" || unforeseen.has(code) || statusOf(code as ErrorCode) < 400)
    throw new Error(`the answer is ${String(code)}`)
  if (typeof retryable !== "boolean" || typeof request_id !== "string") throw new Error("members are missing")
  return code
}

/** A token of ours, if there is one, names its user in the one way that there is. */
function checkSuccess({ api_token: token }: Readonly<Record<string, unknown>>): string {
  if (token === undefined || token === null) return "ok"
  if (typeof token !== "string") throw new Error("the token is not a text")
  const { sub, ctx, associateid } = decodeJwt(token)
  if (!/^[A-Z\d][a-z\d]{0,31}\/\d+$/.test(String(sub)) || sub !== `${String(ctx)}/${String(associateid)}`)
    throw new Error(`the token is for ${String(sub)}`)
  return "ok"
}
