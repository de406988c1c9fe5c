import type { ErrorResponse } from "../../lib/contract.ts"

/** What a call came to. Look at `ok`; on failure `error.code` says what happened and `error.retryable` what helps. */
export type Result<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: CallError }

/** An error that a function answered with, or one that kept its answer away. Their codes have no name in common. */
export type CallError = ErrorResponse | TransportError

/** What can happen on the way to a function and back. */
export type TransportErrorCode =
  /** Too many calls, said before the function ran: API Gateway's or Lambda's 429. Nothing has been spent. */
  | "throttled"
  /** AWS does not let this caller in: credentials or policy. */
  | "not_permitted"
  /** There is no such function or route, or none was named for this call. */
  | "not_found"
  /** AWS itself failed or gave up waiting (5xx). The function may have done its work. */
  | "gateway_unavailable"
  /** Lambda's `FunctionError`: the function ran out of time, crashed, or met what it did not foresee. */
  | "function_failed"
  /** No answer: no connection, one that broke, or the call's time was up. The function may have done its work. */
  | "no_answer"
  /** An answer that is none of this service's. */
  | "answer_unreadable"
  /** The caller's `signal` was aborted. The function may do its work nevertheless. */
  | "cancelled"

/** Shaped like the service's own errors, so that one branch of a program can treat both. */
export interface TransportError {
  readonly code: TransportErrorCode
  readonly error_description: string
  /** True when the same call may succeed later. Never true for a code that may have been spent. */
  readonly retryable: boolean
  /** Seconds to wait, when somebody said how long. */
  readonly retry_after_seconds?: number
}
