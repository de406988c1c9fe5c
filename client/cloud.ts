import { callWithRetry } from "./cloud/attempts.ts"
import type { CallOptions, Client } from "./cloud/client.ts"
import { transportError, type Result } from "./cloud/result.ts"
import { isMembers, type FunctionName, type Members, type Transport } from "./cloud/transport.ts"

export type * from "../lib/claims.ts"
export type * from "../lib/contract.ts"
export type * from "../lib/requests.ts"
export {
  cacheAccessTokens,
  type AccessToken,
  type AccessTokenCache,
  type AccessTokenCacheOptions,
  type AccessTokenRequest,
} from "./cloud/access-tokens.ts"
export type { CallOptions, Client } from "./cloud/client.ts"
export { overHttps, type AwsCredentials, type HttpsOptions } from "./cloud/https.ts"
export {
  overLambda,
  type InvokeCommandLike,
  type InvokeOutputLike,
  type LambdaClientLike,
  type LambdaOptions,
} from "./cloud/lambda.ts"
export type { CallError, Result, TransportError, TransportErrorCode } from "./cloud/result.ts"
export { tenantSecretId, type TenantOfStage, type TenantSecret } from "./cloud/tenant-secret.ts"
export { cacheTickets, type Ticket, type TicketCache, type TicketCacheOptions } from "./cloud/tickets.ts"
export type { CallFailure, CallResult, FunctionName, Transport } from "./cloud/transport.ts"

/**
 * Options of `createClient`.
 *
 * @example
 * const options: ClientOptions = { timeoutMs: 10_000 }
 * const tokens = createClient(transport, options)
 */
export interface ClientOptions {
  /**
   * The time limit of one attempt, in milliseconds. A call that is repeated has two attempts. Default: 35,000, which is
   * longer than the time limit of the functions.
   */
  readonly timeoutMs?: number
}

/**
 * Creates a client for cloud functions over a transport: `overLambda` or `overHttps`.
 *
 * @example
 * const functions = { "exchange-code": process.env.EXCHANGE_CODE_ARN ?? "" }
 * const tokens = createClient(overLambda({ client: new LambdaClient(), functions }))
 */
export function createClient(transport: Transport, options?: ClientOptions): Client {
  async function call<Value extends object>(
    name: FunctionName,
    request: unknown,
    callOptions: CallOptions | undefined,
    isRepeatable: (request: Members) => boolean = () => true,
  ): Promise<Result<Value>> {
    try {
      if (!isMembers(request)) return transportError("request_malformed", "The request is not an object.")
      const repeatable = isRepeatable(request)
      const { timeoutMs = 35_000 } = options ?? {}
      const { signal } = callOptions ?? {}
      return await callWithRetry<Value>(transport, { name, request, repeatable, signal, timeoutMs })
    } catch {
      // Only what the caller passed runs here without a guard of its own, e.g. a getter.
      return transportError("options_invalid", "The request or an option threw when it was read.")
    }
  }

  return {
    exchangeCode: (request, options) => call("exchange-code", request, options, () => false),
    refreshToken: (request, options) => call("refresh-token", request, options),
    token: (request, options) =>
      call("token", request, options, ({ grant_type }) => grant_type === "refresh_token"),
    revokeToken: (request, options) => call("revoke-token", request, options),
    authenticateSystemUser: (request, options) => call("authenticate-system-user", request, options),
    health: (options) => call("health", {}, options),
  }
}
