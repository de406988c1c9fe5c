import type {
  AuthenticateSystemUserResponse,
  HealthResponse,
  RevokeTokenResponse,
  TokenResponse,
} from "../../lib/contract.ts"
import type {
  AuthenticateSystemUserRequest,
  ExchangeCodeRequest,
  RefreshTokenRequest,
  RevokeTokenRequest,
  TokenRequest,
} from "../../lib/requests.ts"
import type { Result } from "./result.ts"

/**
 * Options of a single call.
 *
 * @example
 * const options: CallOptions = { signal: AbortSignal.timeout(5_000) }
 * const result = await tokens.health(options)
 */
export interface CallOptions {
  /**
   * Cancels the call, which then results in the error `cancelled`. The function may process the request nevertheless, so
   * consider an authorization code as used.
   */
  readonly signal?: AbortSignal | undefined
}

/**
 * Calls the functions from another cloud function. No method throws or rejects, whatever is missing or wrong: look at `ok` of
 * the result, then at `error.code`, which is one of `ErrorCode` or `TransportErrorCode`.
 *
 * A result is `ok` only if the answer has the members of the function's success, and, over HTTPS, a status of 2xx.
 *
 * A call is repeated once if the error is `retryable` and asks for a wait of at most five seconds. An authorization code is
 * never sent twice.
 *
 * @example
 * async function isHealthy(tokens: Client): Promise<boolean> {
 *   const result = await tokens.health()
 *   return result.ok && result.value.status === "ok"
 * }
 */
export interface Client {
  /**
   * Redeems an authorization code (RFC 6749 §4.1.3). Never repeats the request, because a code can be used once. If
   * `error.retryable` is false, the user must sign in again.
   *
   * @example
   * const result = await tokens.exchangeCode({ code, redirect_uri, code_verifier, nonce })
   * if (result.ok) await store(result.value.claims, result.value.refresh_token)
   * else if (!result.error.retryable) askToSignInAgain(result.error.code)
   */
  exchangeCode(request: ExchangeCodeRequest, options?: CallOptions): Promise<Result<TokenResponse>>

  /**
   * Redeems a refresh token (RFC 6749 §6). Store the `refresh_token` of the response. `grant_rejected` means that the
   * user must sign in again.
   *
   * @example
   * const { sub, ctx } = claimsOfTheSignIn
   * const result = await tokens.refreshToken({ refresh_token, sub, ctx })
   */
  refreshToken(request: RefreshTokenRequest, options?: CallOptions): Promise<Result<TokenResponse>>

  /**
   * Redeems an authorization code or a refresh token, by `grant_type` (RFC 6749 §3.2). Never repeats a code.
   *
   * @example
   * const result = await tokens.token({ grant_type: "refresh_token", refresh_token })
   */
  token(request: TokenRequest, options?: CallOptions): Promise<Result<TokenResponse>>

  /**
   * Revokes a refresh token (RFC 7009 §2.1). Succeeds too if the token is unknown or already revoked.
   *
   * @example
   * const result = await tokens.revokeToken({ token: refresh_token })
   */
  revokeToken(
    request: Required<Pick<RevokeTokenRequest, "token">>,
    options?: CallOptions,
  ): Promise<Result<RevokeTokenResponse>>

  /**
   * Signs in as the application's system user in a tenant. `system_user_rejected` means that an administrator of the tenant
   * must approve the application.
   *
   * @example
   * const result = await tokens.authenticateSystemUser({ tenant: "Cust12345", system_token })
   * if (result.ok) {
   *   headers.set("authorization", `SOTicket ${result.value.ticket}`)
   *   headers.set("so-apptoken", clientSecret)
   * }
   */
  authenticateSystemUser(
    request: AuthenticateSystemUserRequest,
    options?: CallOptions,
  ): Promise<Result<AuthenticateSystemUserResponse>>

  /**
   * Reads the state of the deployment: version, age of secret and signing keys, clock skew.
   *
   * @example
   * const result = await tokens.health()
   * if (result.ok && result.value.secret.stale) console.warn(result.value.secret.error)
   */
  health(options?: CallOptions): Promise<Result<HealthResponse>>
}
