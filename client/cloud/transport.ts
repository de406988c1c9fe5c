import type { TransportErrorCode } from "./result.ts"

/**
 * The functions that cloud functions can call, by their names in `serverless.yml`.
 *
 * @example
 * const arnOf = (name: FunctionName) => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`
 */
export type FunctionName =
  "exchange-code" | "refresh-token" | "token" | "revoke-token" | "authenticate-system-user" | "health"

/**
 * How a client reaches the functions. `overLambda` and `overHttps` return one.
 *
 * @example
 * const offline: Transport = {
 *   call: async () => ({ failure: "no_answer", reason: "The connection failed." }),
 * }
 * const tokens = createClient(offline)
 */
export interface Transport {
  /**
   * Sends one request to a function, in a single attempt. Never throws, and never rejects.
   *
   * @param signal aborted with a `TimeoutError` when the time is up, or with another reason when the caller cancels
   *
   * @example
   * const result = await transport.call("health", {}, AbortSignal.timeout(5_000))
   */
  call(name: FunctionName, request: object, signal: AbortSignal): Promise<CallResult>
}

/**
 * The result of one attempt: the body of the function's success or error, a JSON object; or why there is none. A transport
 * over HTTP gives the body of a 2xx answer, and the body of another answer only if it is an error of this service.
 *
 * @example
 * const bodyOf = (result: CallResult) => ("body" in result ? result.body : undefined)
 */
export type CallResult = { readonly body: unknown } | CallFailure

/**
 * Why an attempt got no response from the function.
 *
 * @example
 * const failure: CallFailure = { failure: "throttled", reason: "AWS answered 429.", retryAfterSeconds: 2 }
 */
export interface CallFailure {
  readonly failure: TransportErrorCode
  /** A sentence for developers. It contains nothing of the request. */
  readonly reason: string
  /** Seconds to wait before another attempt, if the response said so. */
  readonly retryAfterSeconds?: number
}

/** A JSON object whose members have not been checked. */
export type Members = Readonly<Record<string, unknown>>

/** True for an object that is not an array. */
export function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** Writes the body of a request. `request_malformed` if it is not an object, or has e.g. a BigInt or a cycle. */
export function writeBody(request: unknown): { readonly text: string } | CallFailure {
  try {
    // Undefined if the request is e.g. a function, despite the declared type.
    const text = JSON.stringify(request) as string | undefined
    if (text?.startsWith("{")) return { text }
  } catch {
    // Handled below. The exception's message can contain a part of the request.
  }
  return { failure: "request_malformed", reason: "The request is not an object that can be written as JSON." }
}

/** Parses the body of a response. `answer_unreadable` if it is too long (undefined) or is not a JSON object. */
export function readBody(bytes: Uint8Array | undefined): { readonly body: Members } | CallFailure {
  if (bytes === undefined) return answerTooLong
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (isMembers(body)) return { body }
  } catch {
    // Handled below, like JSON that is not an object.
  }
  return { failure: "answer_unreadable", reason: "The answer is not a JSON object." }
}

export const answerTooLong: CallFailure = {
  failure: "answer_unreadable",
  reason: "The answer is longer than 1 MiB.",
}

/** The failure of a call whose transport has an option that cannot be used. */
export function optionsInvalid(reason: string): CallFailure {
  return { failure: "options_invalid", reason }
}

/** The failure of a transport whose package cannot be imported. */
export function packageMissing(name: string): CallFailure {
  return {
    failure: "package_missing",
    reason: `The package ${name} could not be loaded. Install it: npm install ${name}`,
  }
}

/** The failure that a status of API Gateway or Lambda stands for. `errorName` is Lambda's name of the error. */
export function failureOfStatus(status: number, errorName?: string): CallFailure {
  const reason = `AWS answered ${status}${errorName === undefined ? "" : ` ${errorName}`}.`
  if (status === 429) return { failure: "throttled", reason }
  if (status === 401 || status === 403) return { failure: "not_permitted", reason }
  if (status === 404) return { failure: "not_found", reason }
  if (status >= 500) return { failure: "gateway_unavailable", reason }
  return { failure: "answer_unreadable", reason }
}

/**
 * The seconds that a `Retry-After` asks to wait for, in either form (RFC 9110 §10.2.3): 1 to 86,400, and 60 if it cannot be
 * read. A date counts from `date`, the answer's own. Empty if there is no `Retry-After`.
 */
export function waitOf(
  retryAfter: unknown,
  date: string | null = null,
): Pick<CallFailure, "retryAfterSeconds"> {
  if (typeof retryAfter !== "string" && typeof retryAfter !== "number") return {}
  const asked = String(retryAfter)
  const from = readDate(date ?? "")
  const seconds = /^\d+$/.test(asked)
    ? Number(asked)
    : Math.ceil((readDate(asked) - (Number.isNaN(from) ? Date.now() : from)) / 1000)
  return { retryAfterSeconds: Number.isNaN(seconds) ? 60 : Math.min(86_400, Math.max(1, seconds)) }
}

/** Milliseconds since 1970. NaN if it is not a date of HTTP, which begins with the day of the week. */
function readDate(text: string): number {
  if (!/^[A-Z][a-z]{2}/.test(text)) return NaN
  // The oldest of the three forms does not name its zone, which is GMT, too.
  return Date.parse(text.endsWith("GMT") ? text : `${text} GMT`)
}

/** The failure of a call that threw. Leaves out the exception's message, because it may contain parts of the request. */
export function failureOfConnection(signal: AbortSignal): CallFailure {
  if (!signal.aborted) return { failure: "no_answer", reason: "The connection failed." }
  return isTimeout(signal)
    ? { failure: "no_answer", reason: "There was no answer in time." }
    : { failure: "cancelled", reason: "The caller cancelled the call." }
}

function isTimeout(signal: AbortSignal): boolean {
  return signal.reason instanceof DOMException && signal.reason.name === "TimeoutError"
}
