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
}

const cleanPrototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype))

/** Gives the answer's code, `ok` or `preflight`, and throws when the answer is not one that the contract foresees. */
export function check({ result, log }: Said): string {
  if (JSON.stringify(Object.getOwnPropertyNames(Object.prototype)) !== cleanPrototype) {
    throw new Error("Object.prototype was changed")
  }
  if (!isPlainObject(result)) throw new Error("the answer is not an object")
  const code = "statusCode" in result ? checkHttp(result) : checkBody(result)
  const lines = log.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  if (code !== "preflight" && lines.at(-1)?.code !== code) throw new Error(`the log does not say ${code}`)
  return code
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
  if (!("error" in body)) return "ok"
  const { code, retryable, request_id } = body
  if (typeof code !== "string" || unforeseen.has(code) || statusOf(code as ErrorCode) < 400)
    throw new Error(`the answer is ${String(code)}`)
  if (typeof retryable !== "boolean" || typeof request_id !== "string") throw new Error("members are missing")
  return code
}
