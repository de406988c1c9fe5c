import type { TransportErrorCode } from "./result.ts"

/** The functions that other cloud functions call, by the names that `serverless.yml` gives them. */
export type FunctionName =
  "exchange-code" | "refresh-token" | "token" | "revoke-token" | "authenticate-system-user" | "health"

/** A way to the functions. */
export interface Transport {
  /** Carries one request to a function, once, and never throws. */
  call(name: FunctionName, request: object, signal: AbortSignal): Promise<Delivery>
}

/** What came of it: a body, which is the service's if it reads so, or what kept it away. */
export type Delivery = { readonly body: unknown } | Failure

export interface Failure {
  readonly failure: TransportErrorCode
  /** In a sentence, with nothing of the request in it. */
  readonly reason: string
  readonly retryAfterSeconds?: number
}

/** Reads an answer's text: `answer_unreadable` when it is not a JSON object. */
export function readBody(text: string): Delivery {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return { body }
  } catch {
    // Not JSON: the same as JSON that is not an object.
  }
  return { failure: "answer_unreadable", reason: "The answer is not a JSON object." }
}

/** What a status that is not the service's means, be it API Gateway's or Lambda's. */
export function failureOfStatus(status: number, said: string): Failure {
  const reason = `AWS answered ${status}${said}.`
  if (status === 429) return { failure: "throttled", reason }
  if (status === 401 || status === 403) return { failure: "not_permitted", reason }
  if (status === 404) return { failure: "not_found", reason }
  if (status >= 500) return { failure: "gateway_unavailable", reason }
  return { failure: "answer_unreadable", reason }
}

/** What an exception of a connection means. Its text stays out: nobody knows what is in it. */
export function failureOfConnection(signal: AbortSignal): Failure {
  if (!signal.aborted) return { failure: "no_answer", reason: "The connection failed." }
  return isTimeout(signal)
    ? { failure: "no_answer", reason: "There was no answer in time." }
    : { failure: "cancelled", reason: "The call was cancelled." }
}

function isTimeout(signal: AbortSignal): boolean {
  return signal.reason instanceof DOMException && signal.reason.name === "TimeoutError"
}
