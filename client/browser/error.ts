import type { ErrorCode, ErrorResponse } from "../../lib/contract.ts"

/** The functions' codes, and those for what happens before and after the functions are asked. */
export type ClientErrorCode =
  | ErrorCode
  /** The user said no at the login page. */
  | "sign_in_cancelled"
  /** The login page answered with another error than that. */
  | "sign_in_failed"
  /** What came back is not the sign-in that was begun in this tab. Its code has not been used. */
  | "state_mismatch"
  /** No answer: offline, an origin that the gateway does not know, or half a minute went by. */
  | "network_error"
  /** An answer that the functions did not write, such as the gateway's own 429 or 503. */
  | "gateway_error"

/** Everything that the client throws. Its message is for developers; tell users what the code means. */
export class TokenExchangeError extends Error {
  readonly code: ClientErrorCode
  /** Whether the same call may succeed later. Never true for a sign-in that has come back: begin another. */
  readonly retryable: boolean
  readonly retryAfterSeconds: number | undefined
  /** The functions' log line of this request carries it. */
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
