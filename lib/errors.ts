import type { ErrorCode, ErrorResponse } from "./contract.ts"

interface PublicError {
  readonly status: number
  readonly error: string
  readonly description: string
  readonly retryable: boolean
}

/** What the caller is told about each failure. A code without an answer does not compile. */
const publicErrors = {
  request_invalid: answer(400, "invalid_request", "The request breaks the contract."),
  grant_unsupported: answer(
    400,
    "unsupported_grant_type",
    '"grant_type" must be a grant that this function redeems: authorization_code or refresh_token.',
  ),
  grant_rejected: answer(400, "invalid_grant", "SuperOffice refused the grant. Sign in again."),
  session_expired: answer(400, "invalid_grant", "There is no session, or it has ended. Sign in again."),
  identity_mismatch: answer(
    400,
    "invalid_grant",
    "The ID Token is for another sign-in, user or tenant than the one named.",
  ),
  origin_not_allowed: answer(403, "access_denied", "This caller is not allowed to use this function."),
  method_not_allowed: answer(405, "invalid_request", "The method must be POST."),
  media_type_unsupported: answer(
    415,
    "invalid_request",
    "The body must be application/json or application/x-www-form-urlencoded.",
  ),
  request_too_large: answer(413, "invalid_request", "The body must be at most 32 KiB."),
  system_user_rejected: answer(
    400,
    "invalid_grant",
    "SuperOffice refused the system user: the system token, the tenant or its consent.",
  ),
  signing_key_rejected: answer(502, "server_error", "SuperOffice refused the signature of this service."),
  clock_rejected: answer(502, "server_error", "SuperOffice refused the time of this service's signature."),
  tenant_mismatch: answer(502, "server_error", "SuperOffice's answer is for another tenant."),
  client_rejected: answer(502, "server_error", "SuperOffice refused this service as a client."),
  id_token_invalid: answer(502, "server_error", "SuperOffice's ID Token did not pass validation."),
  upstream_invalid: answer(502, "server_error", "SuperOffice's answer is not a token response."),
  upstream_unavailable: retryable(503, "SuperOffice cannot be reached."),
  key_set_unavailable: retryable(503, "SuperOffice's signing keys cannot be read."),
  secret_unavailable: retryable(503, "A secret of this service cannot be read."),
  upstream_timeout: retryable(504, "SuperOffice did not answer in time."),
  configuration_invalid: answer(500, "server_error", "This service is not configured correctly."),
  unexpected: answer(500, "server_error", "Something unexpected happened."),
} satisfies Record<ErrorCode, PublicError>

const defaultRetryAfterSeconds = 1

function answer(status: number, error: string, description: string): PublicError {
  return { status, error, description, retryable: false }
}

function retryable(status: number, description: string): PublicError {
  return { status, error: "temporarily_unavailable", description, retryable: true }
}

/** What is known of a failure beside its code. */
export interface ExchangeErrorOptions {
  /** What the caller is told in place of the code's usual sentence. */
  readonly publicDescription?: string | undefined
  readonly cause?: unknown
  /** The seconds that upstream asked us to wait. */
  readonly retryAfterSeconds?: number | undefined
  /** False when the request provably did not reach SuperOffice, because no connection was made. */
  readonly mayHaveArrived?: boolean
  /** True when the same request cannot succeed later. */
  readonly isFinal?: boolean
}

/**
 * A failure with a code of the contract. `message` is for the operator's log and never contains a value of the request,
 * of an answer or of a secret.
 */
export class ExchangeError extends Error {
  readonly code: ErrorCode
  readonly retryAfterSeconds: number | undefined
  /** Whether a failed request may have reached SuperOffice. False only when no connection was made. */
  readonly mayHaveArrived: boolean
  readonly publicDescription: string | undefined
  /** True when the same request cannot succeed later, because its code may be spent or its cookie is cleared. */
  readonly isFinal: boolean

  constructor(code: ErrorCode, message: string, options: ExchangeErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.name = "ExchangeError"
    this.code = code
    this.publicDescription = options.publicDescription
    this.retryAfterSeconds = options.retryAfterSeconds
    this.mayHaveArrived = options.mayHaveArrived ?? true
    this.isFinal = options.isFinal ?? false
  }

  /** Returns a copy marked as not retryable. A copy, because concurrent requests can share one error object. */
  asFinal(): ExchangeError {
    return this.#copy({ isFinal: true })
  }

  /** Returns a copy with another sentence for the caller. */
  withPublicDescription(publicDescription: string): ExchangeError {
    return this.#copy({ publicDescription })
  }

  /** Returns a copy with the seconds that upstream asked us to wait. */
  withRetryAfter(retryAfterSeconds: number | undefined): ExchangeError {
    return this.#copy({ retryAfterSeconds })
  }

  #copy(changes: ExchangeErrorOptions): ExchangeError {
    const { code, message, cause, publicDescription, retryAfterSeconds, mayHaveArrived, isFinal } = this
    return new ExchangeError(code, message, {
      cause,
      publicDescription,
      retryAfterSeconds,
      mayHaveArrived,
      isFinal,
      ...changes,
    })
  }
}

/** The error for a request that breaks the contract. The sentence names the field and is shown to the caller. */
export function requestInvalid(publicDescription: string): ExchangeError {
  return new ExchangeError("request_invalid", publicDescription, { publicDescription })
}

/** Returns an ExchangeError as it is. Anything else that was thrown becomes the cause of an `unexpected` one. */
export function asExchangeError(thrown: unknown): ExchangeError {
  if (thrown instanceof ExchangeError) return thrown
  return new ExchangeError("unexpected", "an unexpected error was thrown", { cause: thrown })
}

/** The HTTP status of an error code. */
export function statusOf(code: ErrorCode): number {
  return publicErrors[code].status
}

/** The error as the caller sees it: RFC 6749 §5.2 and our members, fixed sentences only. */
export function errorResponse(error: ExchangeError, requestId: string): ErrorResponse {
  const publicError: PublicError = publicErrors[error.code]
  const mayRetry = publicError.retryable && !error.isFinal
  return {
    error: publicError.error,
    error_description: error.publicDescription ?? publicError.description,
    code: error.code,
    retryable: mayRetry,
    ...(mayRetry && { retry_after_seconds: error.retryAfterSeconds ?? defaultRetryAfterSeconds }),
    request_id: requestId,
  }
}
