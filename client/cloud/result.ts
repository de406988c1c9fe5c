import type { ErrorResponse } from "../../lib/contract.ts"

/**
 * The result of a call. If `ok` is true, `value` is the function's response. Otherwise `error.code` says what happened, and
 * `error.retryable` whether the same call may succeed later.
 *
 * @example
 * const result: Result<TokenResponse> = await tokens.refreshToken({ refresh_token })
 * if (result.ok) await store(result.value.claims, result.value.refresh_token)
 * else console.error(result.error.code)
 */
export type Result<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: CallError }

/**
 * An error response of a function, or an error of the transport. No code belongs to both.
 *
 * @example
 * const isOfFunction = (error: CallError): error is ErrorResponse => "request_id" in error
 */
export type CallError = ErrorResponse | TransportError

/**
 * Why there is no usable response from the function.
 *
 * @example
 * const neverProcessed: readonly TransportErrorCode[] = ["throttled", "not_permitted", "not_found"]
 */
export type TransportErrorCode =
  /** API Gateway or Lambda returned 429 before the function ran. An authorization code can still be used. */
  | "throttled"
  /** AWS refused the caller: it has no credentials, or its policy does not allow the call. */
  | "not_permitted"
  /** The function or route does not exist, or the option `functions` does not name it. */
  | "not_found"
  /** AWS returned a 5xx of its own, e.g. after a time-out. The function may have processed the request. */
  | "gateway_unavailable"
  /** Lambda's `FunctionError`: the function timed out, crashed or threw. It may have processed the request. */
  | "function_failed"
  /** The connection failed, or there was no response within `timeoutMs`. The function may have processed the request. */
  | "no_answer"
  /** The response is not from this service, e.g. the page of a proxy, a redirect, or more than 1 MiB. */
  | "answer_unreadable"
  /** The caller aborted `signal`. The function may have processed the request. */
  | "cancelled"
  /** An option is missing or wrong, e.g. `url` is no URL. Nothing was sent. */
  | "options_invalid"
  /** The request is no object, cannot be written as JSON, or has a field that cannot be right. Nothing was sent. */
  | "request_malformed"
  /** The package that the transport needs is not installed. Nothing was sent. The description names the package. */
  | "package_missing"
  /** `onRefreshToken` of `cacheAccessTokens` failed. The next `get` calls it again with the same refresh token. */
  | "refresh_token_not_stored"

/**
 * An error of the transport. It has the fields of the service's own errors, so that one branch can handle both.
 *
 * @example
 * const error: TransportError = { code: "throttled", error_description: "AWS answered 429.", retryable: true }
 */
export interface TransportError {
  readonly code: TransportErrorCode
  /** A sentence for developers. It contains nothing of the request. */
  readonly error_description: string
  /** True if the same call may succeed later. Never true for an authorization code that may have been used. */
  readonly retryable: boolean
  /** Seconds to wait before the call is repeated, if the response said so. */
  readonly retry_after_seconds?: number
}

/** A failed result, with an error of the transport. */
export function transportError(
  code: TransportErrorCode,
  description: string,
  retryable = false,
): { readonly ok: false; readonly error: TransportError } {
  return { ok: false, error: { code, error_description: description, retryable } }
}
