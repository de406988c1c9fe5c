import type { AllClaims, AllSystemUserClaims, Claims } from "./claims.ts"
import type { Tenant } from "./tenant-state.ts"

export type { Tenant, TenantState } from "./tenant-state.ts"

/**
 * How a request reaches a function: from a page on a listed origin, signed with IAM, or by direct Lambda invocation.
 *
 * @example
 * const receivesRefreshTokens = (door: Door) => door !== "browser"
 */
export type Door = "browser" | "signed" | "direct"

/**
 * An environment of SuperOffice CRM Online. Also the sub-domain of its login host, e.g. `sod.superoffice.com`.
 *
 * @example
 * const environment: Environment = process.env.STAGE === "production" ? "online" : "sod"
 * const issuer = `https://${environment}.superoffice.com`
 */
export type Environment = "sod" | "qaonline" | "online"

/**
 * The authorization request that `start-login` prepared.
 *
 * @example
 * const { authorization_url, state } = (await response.json()) as StartLoginResponse
 */
export interface StartLoginResponse {
  /**
   * The URL of the authorization request. The page navigates to it.
   * @format uri
   */
  readonly authorization_url: string
  /** SuperOffice returns it with the code. The page stores it and compares the two (RFC 6749 §10.12). */
  readonly state: string
}

/**
 * The answer of `start-login` to a `state` alone. The request changes no cookie.
 *
 * @example
 * const { kept } = (await response.json()) as CheckLoginResponse
 * if (!kept) throw new Error("The browser does not keep the cookie of this sign-in")
 */
export interface CheckLoginResponse {
  /**
   * True if the browser sent the login cookie of this `state`, and sent it once. If it is false, the page cannot redeem a code
   * with this `state`. True does not mean that the cookie is valid, because nothing decrypts it.
   */
  readonly kept: boolean
}

/**
 * Confirms that the token can no longer be used.
 *
 * @example
 * const answer: RevokeTokenResponse = {
 *   revoked: true,
 *   end_session_url: "https://online.superoffice.com/login/logout",
 * }
 */
export interface RevokeTokenResponse {
  /** Also true for a token that was unknown or already revoked (RFC 7009 §2.2). */
  readonly revoked: true
  /**
   * SuperOffice's logout page. Navigate to it to end the user's session at SuperOffice as well.
   * @format uri
   */
  readonly end_session_url: string
}

interface TokenResponseBase {
  readonly token_type: "Bearer"
  /** Opaque. Byte for byte as SuperOffice issued it. Send it in the header `Authorization: Bearer …` (RFC 6750 §2.1). */
  readonly access_token: string
  /** The access token's lifetime in seconds, from the time that the function received it (RFC 6749 §5.1). */
  readonly expires_in: number
  /** When the access token expires, in Unix seconds by the function's clock. */
  readonly expires_at: number
  /** The granted scope, separated by spaces (RFC 6749 §3.3). `openid` if SuperOffice did not send one. */
  readonly scope: string
  /** Present if `include` asked for it. Null if it could not be read: that never fails the request. */
  readonly tenant?: Tenant | null
  /**
   * A JWT for the partner's own API (RFC 9068). Present if `include` asked for it. Null for a user without `associateid`, and
   * for a tenant whose name is not letters and digits.
   */
  readonly api_token?: string | null
  /** When `api_token` expires, in Unix seconds by the function's clock. Absent without one. */
  readonly api_token_expires_at?: number
}

/**
 * A token response (RFC 6749 §5.1) for the signed and the direct door.
 *
 * @example
 * const save = ({ claims, refresh_token }: TokenResponse) => store(claims, refresh_token)
 */
export interface TokenResponse extends TokenResponseBase {
  /** Store it in place of the previous one (RFC 6749 §6). Absent if SuperOffice issued none with a code. */
  readonly refresh_token?: string
  /** The ID Token, as SuperOffice issued it. It has been validated (OIDC Core §3.1.3.7). */
  readonly id_token: string
  readonly claims: AllClaims
}

/**
 * A token response (RFC 6749 §5.1) for a page: no refresh token in clear, no `system_token` and no `ticket`.
 *
 * @example
 * const { access_token, claims } = (await response.json()) as BrowserTokenResponse
 * const authorization = `Bearer ${access_token}`
 */
export interface BrowserTokenResponse extends TokenResponseBase {
  /** The sealed value. Store it in place of the previous one. Only in delivery `sealed`. */
  readonly refresh_token?: string
  /** When the session ends, in Unix seconds. Absent if there is none: no refresh token, or one too long for a cookie. */
  readonly session_expires_at?: number
  /** The validated ID Token. Absent if it contains a credential (`system_token` or `ticket`). */
  readonly id_token?: string
  readonly claims: Claims
}

/**
 * The system user's ticket for one tenant.
 *
 * @example
 * const headersOf = ({ token_type, ticket }: AuthenticateSystemUserResponse) => ({
 *   authorization: `${token_type} ${ticket}`,
 * })
 */
export interface AuthenticateSystemUserResponse {
  /** The scheme of the header `Authorization: SOTicket …`. SuperOffice's APIs want `SO-AppToken: <client secret>` beside it. */
  readonly token_type: "SOTicket"
  /** A credential that acts as the system user. SuperOffice extends its lifetime with each use. */
  readonly ticket: string
  /** When the token that contained the ticket expires, in Unix seconds. */
  readonly expires_at: number
  /** SuperOffice may leave out `sub`, `iat` and `nbf`. */
  readonly claims: AllSystemUserClaims
  /** Present if `include` asked for it. Null if it could not be read: that never fails the request. */
  readonly tenant?: Tenant | null
}

/**
 * The state of a deployment, for its operator. Contains no secret.
 *
 * @example
 * const summaryOf = ({ environment, version, status }: HealthResponse) => `${environment} ${version}: ${status}`
 */
export interface HealthResponse {
  /**
   * `degraded` if the secret or the key set is missing or stale, if SuperOffice cannot be reached, or if the clocks differ
   * by more than `CLOCK_TOLERANCE_SECONDS`.
   */
  readonly status: "ok" | "degraded"
  /** The version of the deployed code, e.g. `0.3.0`. */
  readonly version: string
  readonly environment: Environment
  /** The cached client secret. */
  readonly secret: CacheHealth & {
    /** The version id that Secrets Manager gave it. */
    readonly version: string | null
    /** The application's client id, which is not secret. Null if the secret cannot be read or used. */
    readonly client_id: string | null
    /**
     * What an operator must correct, because the secret's current version cannot be read or used: a fixed sentence without
     * a value. Null if there is nothing to correct, also while Secrets Manager does not answer. While `stale`, an older
     * version is in use.
     */
    readonly problem: string | null
    /** When the client secret expires, e.g. `2027-11-27`. Null if `client_secret_expires` is absent or cannot be read. */
    readonly expires: string | null
    /**
     * Days until then, by UTC; negative if the date has passed. `status` does not depend on it, because SuperOffice does not
     * enforce the date today.
     */
    readonly expires_in_days: number | null
    /** Why `client_secret_expires` cannot be read: a fixed sentence without a value. Null if it can be, or is absent. */
    readonly expires_problem: string | null
  }
  /** SuperOffice's cached signing keys. `key_ids` lists their `kid` and `x5t` (RFC 7517 §4.5, §4.8). */
  readonly key_set: CacheHealth & { readonly key_ids: readonly string[] }
  /** How far SuperOffice's clock is ahead of the function's, in seconds. Null if SuperOffice cannot be reached. */
  readonly clock_skew_seconds: number | null
}

interface CacheHealth {
  /** Seconds since the value was read. Null if it cannot be read. */
  readonly age_seconds: number | null
  /** True if the value is older than its maximum age and could not be read again. */
  readonly stale: boolean
  /** Why the value cannot be read. Null if it can. */
  readonly error: ErrorCode | null
}

/**
 * Why a request failed. `code` of an error response is always one of these.
 *
 * @example
 * const codesOfSignIn: readonly ErrorCode[] = ["grant_rejected", "session_expired", "identity_mismatch"]
 */
export type ErrorCode =
  | "request_invalid"
  | "grant_unsupported"
  | "grant_rejected"
  | "session_expired"
  | "identity_mismatch"
  | "origin_not_allowed"
  | "method_not_allowed"
  | "media_type_unsupported"
  | "request_too_large"
  | "system_user_rejected"
  | "client_rejected"
  | "signing_key_rejected"
  | "clock_rejected"
  | "tenant_mismatch"
  | "id_token_invalid"
  | "upstream_invalid"
  | "upstream_unavailable"
  | "key_set_unavailable"
  | "secret_unavailable"
  | "upstream_timeout"
  | "configuration_invalid"
  | "unexpected"

/**
 * An error response (RFC 6749 §5.2), with the fields that a program needs to decide what to do next.
 *
 * @example
 * const textOf = ({ code, request_id }: ErrorResponse) => `${code}: see request ${request_id} in the log`
 */
export interface ErrorResponse {
  /** An error name that OAuth libraries know: from RFC 6749 §5.2 or §4.1.2.1. */
  readonly error: string
  /** A fixed sentence for developers. It never contains SuperOffice's text or anything that the caller sent. */
  readonly error_description: string
  readonly code: ErrorCode
  /** True if the same request may succeed later. Never true for a code that may have reached SuperOffice. */
  readonly retryable: boolean
  /** Seconds to wait before the request is repeated. Present if and only if `retryable` is true. */
  readonly retry_after_seconds?: number
  /** Lambda's `awsRequestId`. The function's log line of this request contains it. */
  readonly request_id: string
}
