import type { AllClaims } from "../../lib/claims.ts"
import type { TokenResponse } from "../../lib/contract.ts"
import type { Include, RefreshTokenRequest } from "../../lib/requests.ts"
import { isKey, LeastRecentlyUsed, refusalOf, resultOf, share, type Shared } from "./cache.ts"
import type { CallOptions, Client } from "./client.ts"
import { transportError, type Result } from "./result.ts"

/**
 * An access token of `AccessTokenCache`.
 *
 * @example
 * const authorizationOf = ({ token_type, access_token }: AccessToken) => `${token_type} ${access_token}`
 */
export interface AccessToken extends Pick<TokenResponse, "token_type" | "access_token" | "api_token"> {
  /** When it expires, in Unix seconds by this machine's clock. */
  readonly expires_at: number
  /** When `api_token` expires, in Unix seconds by this machine's clock. Absent without one. */
  readonly api_token_expires_at?: number
  /** The claims of the latest ID Token. `webapi_url` is the base URL of the tenant's REST API. */
  readonly claims: AllClaims
}

/**
 * The user whose access token is wanted: the refresh token, and whom it is for.
 *
 * @example
 * const { sub, ctx } = claimsOfTheSignIn
 * const request: AccessTokenRequest = { refresh_token, sub, ctx }
 */
export type AccessTokenRequest = Pick<RefreshTokenRequest, "refresh_token" | "sub" | "ctx">

/**
 * Options of `cacheAccessTokens`.
 *
 * @example
 * const options: AccessTokenCacheOptions = {
 *   maxUsers: 100,
 *   onRefreshToken: (refreshToken, claims) => store(claims, refreshToken),
 * }
 */
export interface AccessTokenCacheOptions {
  /** At most so many users are kept in memory. Above it, the least recently used goes. Default: 1,000. */
  readonly maxUsers?: number
  /**
   * Stores a refresh token that replaces the one that was sent. It is awaited before the access token is handed out. If it
   * throws, `get` results in `refresh_token_not_stored`, and the next `get` calls it again.
   */
  readonly onRefreshToken?: (refreshToken: string, claims: AllClaims) => Promise<void> | void
  /**
   * With `api_token`, `get` also results in a token for the partner's own API that is good for at least a minute, or in null
   * for a user who cannot have one. `get` then refreshes as often as that token needs it. Default: nothing.
   */
  readonly include?: readonly Extract<Include, "api_token">[]
  /** The clock. Default: that of the machine. */
  readonly now?: () => Date
}

/**
 * Access tokens of many users, in memory only. `cacheAccessTokens` creates one.
 *
 * @example
 * const result = await accessTokens.get({ refresh_token, sub, ctx })
 * if (result.ok) headers.set("authorization", `Bearer ${result.value.access_token}`)
 */
export interface AccessTokenCache {
  /**
   * Results in an access token that is good for at least a minute, and with the option `include` in an API token, too: from
   * memory, or with one call of `refreshToken` for all who ask at the same time. Throws nothing. The errors are those of
   * `refreshToken` and `refresh_token_not_stored`. An error is not kept. `signal` ends the wait, but not a request that others
   * wait for.
   *
   * A user is known by all three fields together, so nobody gets an access token without the refresh token. After SuperOffice
   * replaced a refresh token, both the old and the new one lead to the user.
   *
   * @example
   * const result = await accessTokens.get({ refresh_token, sub, ctx })
   * if (!result.ok && result.error.code === "grant_rejected") askToSignInAgain(result.error.code)
   */
  get(request: AccessTokenRequest, options?: CallOptions): Promise<Result<AccessToken>>

  /**
   * Forgets an access token that SuperOffice refused with 401, so that the next `get` refreshes it. Does nothing if there is
   * a newer one already.
   *
   * @example
   * const result = await accessTokens.get({ refresh_token, sub, ctx })
   * if (result.ok && response.status === 401) accessTokens.invalidate(result.value.access_token)
   */
  invalidate(accessToken: string): void
}

interface User extends Shared<AccessToken> {
  /** The newest one, which can be newer than that of the caller. */
  refreshToken: string
  isStored: boolean
  token: AccessToken | undefined
}

/** What is left of an access token that is handed out, so that a request with it arrives in time. */
const marginSeconds = 60

/**
 * Creates a cache of access tokens for a client. Create it once, outside of the handler.
 *
 * @example
 * const accessTokens = cacheAccessTokens(tokens, {
 *   onRefreshToken: (refreshToken, claims) => store(claims, refreshToken),
 * })
 * const result = await accessTokens.get({ refresh_token, sub, ctx })
 */
export function cacheAccessTokens(
  client: Pick<Client, "refreshToken">,
  options?: AccessTokenCacheOptions,
): AccessTokenCache {
  const { maxUsers = 1_000, onRefreshToken, include, now = () => new Date() } = options ?? {}
  const users = new LeastRecentlyUsed<User>(maxUsers)
  const seconds = (): number => now().getTime() / 1000

  async function renew(user: User, request: AccessTokenRequest): Promise<Result<AccessToken>> {
    const result = isGood(user.token)
      ? { ok: true as const, value: user.token }
      : await refresh(user, request)
    if (!result.ok || user.isStored) return result
    try {
      await onRefreshToken?.(user.refreshToken, result.value.claims)
    } catch {
      // Keep both tokens: the previous refresh token may be dead, so this one must not get lost.
      return transportError("refresh_token_not_stored", "onRefreshToken threw an error.", true)
    }
    user.isStored = true
    return result
  }

  async function refresh(user: User, { sub, ctx }: AccessTokenRequest): Promise<Result<AccessToken>> {
    const named = { ...(sub !== undefined && { sub }), ...(ctx !== undefined && { ctx }) }
    const sent = user.refreshToken
    // Before the request, because the lifetime begins at some time while it runs.
    const startedAt = seconds()
    const result = await client.refreshToken({ refresh_token: sent, ...named, ...(include && { include }) })
    if (!result.ok) return result
    const { refresh_token = sent } = result.value
    user.token = accessTokenOf(result.value, Math.floor(startedAt))
    if (refresh_token !== sent) {
      user.refreshToken = refresh_token
      user.isStored = false
      users.set(keyOf({ refresh_token, ...named }), user)
    }
    return { ok: true, value: user.token }
  }

  function isGood(token: AccessToken | undefined): token is AccessToken {
    if (token === undefined) return false
    const { expires_at, api_token_expires_at = expires_at } = token
    return Math.min(expires_at, api_token_expires_at) - seconds() > marginSeconds
  }

  async function find(
    request: AccessTokenRequest,
    callOptions: CallOptions | undefined,
  ): Promise<Result<AccessToken>> {
    const refusal = refusalOf(maxUsers, callOptions)
    if (refusal) return refusal
    const { refresh_token, sub, ctx } = (request as Partial<AccessTokenRequest> | undefined) ?? {}
    if (!refresh_token || !isKey(refresh_token, sub, ctx)) {
      return transportError("request_malformed", '"refresh_token", "sub" and "ctx" must be texts.')
    }
    const key = keyOf(request)
    const user = users.get(key, () => ({
      refreshToken: refresh_token,
      isStored: true,
      token: undefined,
      pending: undefined,
    }))
    if (user.isStored && isGood(user.token)) return { ok: true, value: user.token }
    const result = await share(user, () => renew(user, request), callOptions?.signal)
    if (result.ok || user.pending) return result
    // Without a good token, an entry is worth its place only for a refresh token that the caller does not have.
    const isDead = result.error.code === "grant_rejected"
    if (isDead || user.refreshToken === refresh_token) users.delete(key, user)
    return result
  }

  return {
    get: (request, callOptions) => resultOf(() => find(request, callOptions)),

    invalidate(accessToken) {
      for (const user of users.entries()) {
        if (user.token?.access_token === accessToken) user.token = undefined
      }
    },
  }
}

/** What is kept of a response to a request that began at `startedAt`. */
function accessTokenOf(response: TokenResponse, startedAt: number): AccessToken {
  const { token_type, access_token, expires_in, claims, api_token, api_token_expires_at } = response
  // How far this machine's clock is ahead of the function's.
  const offset = startedAt - (response.expires_at - expires_in)
  return {
    token_type,
    access_token,
    expires_at: startedAt + expires_in,
    claims,
    ...(api_token !== undefined && { api_token }),
    ...(api_token_expires_at !== undefined && { api_token_expires_at: api_token_expires_at + offset }),
  }
}

function keyOf({ refresh_token, sub, ctx }: AccessTokenRequest): string {
  return JSON.stringify([refresh_token, sub, ctx])
}
