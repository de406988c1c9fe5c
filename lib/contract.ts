import type { AllClaims, AllSystemUserClaims, Claims } from "./claims.ts"
import type { Tenant } from "./tenant-state.ts"

export type { Tenant, TenantState } from "./tenant-state.ts"

/** How a request reaches a function: from a page on a listed origin, signed with IAM, or by direct Lambda invocation. */
export type Door = "browser" | "signed" | "direct"

/** An environment of SuperOffice CRM Online. Also the sub-domain of its login host, e.g. `sod.superoffice.com`. */
export type Environment = "sod" | "qaonline" | "online"

/** What a token response contains in addition to the tokens, on request. */
export type Include = "tenant"

/** OAuth client libraries send `client_id` with every request, so every function accepts it. */
interface ClientIdentification {
  /** The application's client id at SuperOffice. Optional; any other value is refused. */
  readonly client_id?: string
}

/** Optional fields of every token request. */
interface TokenRequestOptions extends ClientIdentification {
  /** `tenant` adds the tenant's state, read from SuperOffice's state endpoint. In a form, separate values with spaces. */
  readonly include?: readonly Include[]
}

/** Redeems an authorization code (RFC 6749 §4.1.3). */
export interface ExchangeCodeRequest extends TokenRequestOptions {
  readonly grant_type?: "authorization_code"
  /**
   * The authorization code, as SuperOffice returned it. It can be used once.
   * @maxLength 8192
   * @pattern ^[\x20-\x7e]+$
   */
  readonly code: string
  /**
   * The redirect URI of the authorization request, byte for byte: an absolute URI without a fragment.
   * @pattern ^[A-Za-z][A-Za-z0-9+.-]*:[\x21\x22\x24-\x5b\x5d-\x7e]*$
   */
  readonly redirect_uri: string
  /**
   * The PKCE code verifier (RFC 7636 §4.1), 43 to 128 characters. Required on the browser door.
   * @minLength 43
   * @maxLength 128
   * @pattern ^[A-Za-z0-9._~-]+$
   */
  readonly code_verifier?: string
  /**
   * The nonce of the authorization request. The ID Token must contain the same value (OIDC Core §3.1.3.7, rule 11).
   * A caller that sends neither `nonce` nor `code_verifier` must compare `claims.nonce` itself (RFC 9700 §2.1.1).
   */
  readonly nonce?: string
  /** The `iss` parameter of the authorization response, if it had one. It must be the issuer (RFC 9207 §2.4). */
  readonly iss?: string
}

/** Redeems a refresh token (RFC 6749 §6). */
export interface RefreshTokenRequest extends TokenRequestOptions {
  readonly grant_type?: "refresh_token"
  /**
   * The refresh token of the latest token response.
   * @maxLength 8192
   * @pattern ^[\x20-\x7e]+$
   */
  readonly refresh_token: string
  /** `claims.sub` of the sign-in. The new ID Token must be for the same user (OIDC Core §12.2). */
  readonly sub?: string
  /**
   * `claims.ctx` of the sign-in, in any case of letters. The new ID Token must be for the same tenant. It also chooses a
   * page's session: without it, that is the newest sign-in of the page's origin in this browser, of whatever tenant.
   */
  readonly ctx?: string
}

/**
 * Redeems an authorization code of a sign-in that `start-login` began. The page sends the header `X-CSRF: 1` and its
 * cookies.
 */
export interface ExchangeLoginCodeRequest extends TokenRequestOptions {
  readonly grant_type?: "authorization_code"
  /**
   * The authorization code, as SuperOffice returned it. It can be used once.
   * @maxLength 8192
   * @pattern ^[\x20-\x7e]+$
   */
  readonly code: string
  /** The `state` parameter of the authorization response. `start-login` returned the same value. */
  readonly state: string
  /** The `iss` parameter of the authorization response, if it had one. It must be the issuer (RFC 9207 §2.4). */
  readonly iss?: string
}

/** Begins a sign-in for a page (OIDC Core §3.1.2.1). Deliveries `cookie` and `partitioned` only. */
export interface StartLoginRequest extends ClientIdentification {
  /**
   * The page that SuperOffice returns the user to: an absolute URI without a fragment, as registered at SuperOffice.
   * @pattern ^[A-Za-z][A-Za-z0-9+.-]*:[\x21\x22\x24-\x5b\x5d-\x7e]*$
   */
  readonly redirect_uri: string
  /**
   * The context identifier of the tenant to sign in to, e.g. `Cust12345`. Without it, the user chooses.
   * @maxLength 32
   * @pattern ^[A-Za-z0-9]+$
   */
  readonly tenant?: string
  /** The user's e-mail address, if it is known (OIDC Core §3.1.2.1). */
  readonly login_hint?: string
}

/** The authorization request that `start-login` prepared. */
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
 * Asks `start-login` whether the browser keeps the cookie of a sign-in, before the page navigates to SuperOffice. The page
 * sends the header `X-CSRF: 1` and its cookies, and no `redirect_uri`. Deliveries `cookie` and `partitioned` only.
 */
export interface CheckLoginRequest {
  /** The `state` that `start-login` returned. */
  readonly state: string
}

/** The answer of `start-login` to a `state` alone. The request changes no cookie. */
export interface CheckLoginResponse {
  /**
   * True if the browser sent the login cookie of this `state`, and sent it once. If it is false, the page cannot redeem a code
   * with this `state`. True does not mean that the cookie is valid, because nothing decrypts it.
   */
  readonly kept: boolean
}

/** Revokes a refresh token (RFC 7009 §2.1). A page with a session cookie names the session by `ctx` and `sub`. */
export interface RevokeTokenRequest extends ClientIdentification {
  /**
   * The refresh token; for a page in delivery `sealed`, the sealed value.
   * @maxLength 8192
   * @pattern ^[\x20-\x7e]+$
   */
  readonly token?: string
  /** `refresh_token` (the default) or `access_token`. Other values are ignored (RFC 7009 §2.1). */
  readonly token_type_hint?: string
  /** For a page: `claims.ctx` of the session that ends. Without it, every session of its origin in this browser ends. */
  readonly ctx?: string
  /** For a page: `claims.sub` of the session that ends. `session_expired`, and nothing ends, if it is another user's. */
  readonly sub?: string
}

/** Confirms that the token can no longer be used. */
export interface RevokeTokenResponse {
  /** Also true for a token that was unknown or already revoked (RFC 7009 §2.2). */
  readonly revoked: true
  /**
   * SuperOffice's logout page. Navigate to it to end the user's session at SuperOffice as well.
   * @format uri
   */
  readonly end_session_url: string
}

/** A request to the token endpoint (RFC 6749 §3.2). `grant_type` selects the grant. */
export type TokenRequest =
  | (ExchangeCodeRequest & { readonly grant_type: "authorization_code" })
  | (RefreshTokenRequest & { readonly grant_type: "refresh_token" })

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
}

/** A token response (RFC 6749 §5.1) for the signed and the direct door. */
export interface TokenResponse extends TokenResponseBase {
  /** Store it in place of the previous one (RFC 6749 §6). Absent if SuperOffice issued none with a code. */
  readonly refresh_token?: string
  /** The ID Token, as SuperOffice issued it. It has been validated (OIDC Core §3.1.3.7). */
  readonly id_token: string
  readonly claims: AllClaims
}

/** A token response (RFC 6749 §5.1) for a page: no refresh token in clear, no `system_token` and no `ticket`. */
export interface BrowserTokenResponse extends TokenResponseBase {
  /** The sealed value. Store it in place of the previous one. Only in delivery `sealed`. */
  readonly refresh_token?: string
  /** When the session ends, in Unix seconds. Absent if there is none: no refresh token, or one too long for a cookie. */
  readonly session_expires_at?: number
  /** The validated ID Token. Absent if it contains a credential (`system_token` or `ticket`). */
  readonly id_token?: string
  readonly claims: Claims
}

/** Signs in as the application's system user in a tenant, for work without a signed-in user. */
export interface AuthenticateSystemUserRequest {
  /**
   * The context identifier of the tenant, e.g. `Cust12345`.
   * @maxLength 32
   * @pattern ^[A-Za-z0-9]+$
   */
  readonly tenant: string
  /**
   * The claim `system_token` from the sign-in of the tenant's administrator, unchanged: 1 to 256 characters (Unicode code
   * points), in any alphabet, but no control character and no dot.
   * @maxLength 256
   * @pattern ^[^\u0000-\u001f.\u007f-\u009f]+$
   */
  readonly system_token: string
}

/** The system user's ticket for one tenant. */
export interface AuthenticateSystemUserResponse {
  /** The scheme of the header `Authorization: SOTicket …` of SuperOffice's APIs. */
  readonly token_type: "SOTicket"
  /** A credential that acts as the system user. SuperOffice extends its lifetime with each use. */
  readonly ticket: string
  /** When the token that contained the ticket expires, in Unix seconds. */
  readonly expires_at: number
  /** SuperOffice may leave out `sub`, `iat` and `nbf`. */
  readonly claims: AllSystemUserClaims
}

/** The state of a deployment, for its operator. Contains no secret. */
export interface HealthResponse {
  /**
   * `degraded` if the secret or the key set is missing or stale, if SuperOffice cannot be reached, or if the clocks differ
   * by more than `CLOCK_TOLERANCE_SECONDS`.
   */
  readonly status: "ok" | "degraded"
  /** The version of the deployed code, e.g. `0.1.0`. */
  readonly version: string
  readonly environment: Environment
  /** The cached client secret. `version` is the version id that Secrets Manager gave it. */
  readonly secret: CacheHealth & { readonly version: string | null }
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

/** Why a request failed. `code` of an error response is always one of these. */
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

/** An error response (RFC 6749 §5.2), with the fields that a program needs to decide what to do next. */
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
