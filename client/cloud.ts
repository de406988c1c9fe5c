import type {
  AuthenticateSystemUserRequest,
  AuthenticateSystemUserResponse,
  ExchangeCodeRequest,
  HealthResponse,
  RefreshTokenRequest,
  RevokeTokenRequest,
  RevokeTokenResponse,
  TokenRequest,
  TokenResponse,
} from "../lib/contract.ts"
import { attempt } from "./cloud/attempts.ts"
import type { Result } from "./cloud/result.ts"
import type { FunctionName, Transport } from "./cloud/transport.ts"

export type * from "../lib/claims.ts"
export type * from "../lib/contract.ts"
export { overHttps, type AwsCredentials, type HttpsOptions } from "./cloud/https.ts"
export { overLambda, type LambdaClientLike, type LambdaOptions } from "./cloud/lambda.ts"
export type { CallError, Result, TransportError, TransportErrorCode } from "./cloud/result.ts"
export type { Delivery, Failure, FunctionName, Transport } from "./cloud/transport.ts"

export interface CallOptions {
  /** Cancels the call: its result is then `cancelled`. The function may do its work nevertheless. */
  readonly signal?: AbortSignal
}

/** The functions, as other cloud functions call them. Nothing throws: whatever happens is in the result. */
export interface Client {
  /**
   * Redeems an authorization code (RFC 6749 §4.1.3). It is sent once: a code is good for one use, so when no answer
   * comes the user has to sign in again.
   */
  exchangeCode(request: ExchangeCodeRequest, options?: CallOptions): Promise<Result<TokenResponse>>

  /** Redeems a refresh token (RFC 6749 §6). Keep the `refresh_token` that comes back. */
  refreshToken(request: RefreshTokenRequest, options?: CallOptions): Promise<Result<TokenResponse>>

  /** Redeems either grant; a code is sent once here too. */
  token(request: TokenRequest, options?: CallOptions): Promise<Result<TokenResponse>>

  /** Ends a refresh token (RFC 7009). */
  revokeToken(
    request: Required<Pick<RevokeTokenRequest, "token">>,
    options?: CallOptions,
  ): Promise<Result<RevokeTokenResponse>>

  /** Signs in as the application's system user of a tenant. */
  authenticateSystemUser(
    request: AuthenticateSystemUserRequest,
    options?: CallOptions,
  ): Promise<Result<AuthenticateSystemUserResponse>>

  /** Tells how the deployment is. */
  health(options?: CallOptions): Promise<Result<HealthResponse>>
}

export interface ClientOptions {
  /** How long one attempt may take: 35 seconds unless given, a little more than the functions take at most. */
  readonly timeoutMs?: number
}

/**
 * Makes a client over one of the transports: `overLambda` or `overHttps`. What may be repeated is repeated once, when the
 * error says that it helps and that the wait is at most five seconds.
 */
export function createClient(transport: Transport, { timeoutMs = 35_000 }: ClientOptions = {}): Client {
  async function call<Value extends object>(
    name: FunctionName,
    request: object,
    { signal }: CallOptions = {},
    repeatable = true,
  ): Promise<Result<Value>> {
    return await attempt<Value>(transport, { name, request, repeatable, signal, timeoutMs })
  }

  return {
    exchangeCode: (request, options) => call("exchange-code", request, options, false),
    refreshToken: (request, options) => call("refresh-token", request, options),
    token: (request, options) => call("token", request, options, request.grant_type === "refresh_token"),
    revokeToken: (request, options) => call("revoke-token", request, options),
    authenticateSystemUser: (request, options) => call("authenticate-system-user", request, options),
    health: (options) => call("health", {}, options),
  }
}
