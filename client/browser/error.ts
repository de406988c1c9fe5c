import type { ErrorCode, ErrorResponse } from "../../lib/contract.ts"

/** The codes of a `TokenExchangeError`: the functions' codes (`ErrorCode`), and the client's own. */
export type ClientErrorCode =
  | ErrorCode
  /** The user cancelled at the login page, which returned `access_denied` (RFC 6749 §4.1.2.1). */
  | "sign_in_cancelled"
  /** The login page returned another error. `message` is its `error` parameter. */
  | "sign_in_failed"
  /** `state` is not that of the sign-in that this tab began. The code has not been used (RFC 6749 §10.12). */
  | "state_mismatch"
  /** No response: offline, an origin that is not in `ALLOWED_ORIGINS`, or the time limit of 32 seconds. */
  | "network_error"
  /** A response that is not from the functions, e.g. API Gateway's own 429 or 503. */
  | "gateway_error"

/**
 * The only error that the client throws. `message` is for developers. Show users a text of your own for `code`.
 *
 * @example
 * catch (error) {
 *   if (!(error instanceof TokenExchangeError)) throw error
 *   if (error.code === "session_expired") showSignIn()
 *   else showError(textFor(error.code), error.requestId)
 * }
 */
export class TokenExchangeError extends Error {
  readonly code: ClientErrorCode
  /** True if the same call may succeed later. Never true for `handleCallback`: begin a new sign-in. */
  readonly retryable: boolean
  /** Seconds to wait before the call is repeated, if the functions said so. */
  readonly retryAfterSeconds: number | undefined
  /** Identifies the request in the functions' log. Undefined if the functions did not respond. */
  readonly requestId: string | undefined

  constructor(code: ClientErrorCode, message?: string, retryable = false, answer?: Partial<ErrorResponse>) {
    super(message)
    this.name = "TokenExchangeError"
    this.code = code
    this.retryable = retryable
    this.retryAfterSeconds = answer?.retry_after_seconds
    this.requestId = answer?.request_id
  }
}
