import type { AllClaims, Claims } from "./claims.ts"

/** The doors a request can come through: a listed page, a caller signed with IAM, or a direct Lambda invocation. */
export type Door = "browser" | "signed" | "direct"

/** SuperOffice CRM Online's environments, which are the sub-domains of its login hosts. */
export type Environment = "sod" | "qaonline" | "online"

/** What an answer may carry beside the tokens, when it is asked for. */
export type Include = "tenant"

/** What ordinary OAuth client libraries send with every request. */
interface ClientIdentification {
  /** When present it must be ours. */
  readonly client_id?: string
}

/** Fields that any token request may carry beside those of its grant. */
interface TokenRequestOptions extends ClientIdentification {
  /** `tenant` adds the tenant's state, from SuperOffice's state endpoint. In a form: separated by spaces. */
  readonly include?: readonly Include[]
}

/** Redeems an authorization code (RFC 6749 §4.1.3). */
export interface ExchangeCodeRequest extends TokenRequestOptions {
  readonly grant_type?: "authorization_code"
  /**
   * As SuperOffice sent it back. Good for one use.
   * @maxLength 8192
   * @pattern ^[\x20-\x7e]+$
   */
  readonly code: string
  /**
   * The one the authorization request was made with, byte for byte: an absolute URI without fragment.
   * @pattern ^[A-Za-z][A-Za-z0-9+.-]*:[\x21\x22\x24-\x5b\x5d-\x7e]*$
   */
  readonly redirect_uri: string
  /**
   * RFC 7636 §4.1. A must on the browser door.
   * @minLength 43
   * @maxLength 128
   * @pattern ^[A-Za-z0-9._~-]+$
   */
  readonly code_verifier?: string
  /**
   * The nonce of the authorization request: the ID Token must carry it (OIDC Core §3.1.3.7, 11).
   * A caller that sends neither this nor `code_verifier` must check `claims.nonce` itself (RFC 9700 §2.1.1).
   */
  readonly nonce?: string
  /** The `iss` parameter of the authorization response, when there was one (RFC 9207 §2.4). */
  readonly iss?: string
}

/** Redeems a refresh token (RFC 6749 §6). */
export interface RefreshTokenRequest extends TokenRequestOptions {
  readonly grant_type?: "refresh_token"
  /**
   * As it came with the last answer.
   * @maxLength 8192
   * @pattern ^[\x20-\x7e]+$
   */
  readonly refresh_token: string
  /** The `sub` of the sign-in: the new ID Token must be for the same user (OIDC Core §12.2). */
  readonly sub?: string
  /** The `ctx` of the sign-in: the new ID Token must be for the same tenant. */
  readonly ctx?: string
}

/** Redeems a code whose sign-in began with `start-login`, for a page that sends `X-CSRF: 1` and its cookies. */
export interface ExchangeLoginCodeRequest extends TokenRequestOptions {
  readonly grant_type?: "authorization_code"
  /**
   * As SuperOffice sent it back. Good for one use.
   * @maxLength 8192
   * @pattern ^[\x20-\x7e]+$
   */
  readonly code: string
  /** The `state` that came with it: the one that `start-login` answered. */
  readonly state: string
  /** The `iss` parameter of the authorization response, when there was one (RFC 9207 §2.4). */
  readonly iss?: string
}

/** Begins a sign-in for a page (OIDC Core §3.1.2.1), in the cookie deliveries. */
export interface StartLoginRequest extends ClientIdentification {
  /**
   * Where SuperOffice sends the user back to: an absolute URI without fragment.
   * @pattern ^[A-Za-z][A-Za-z0-9+.-]*:[\x21\x22\x24-\x5b\x5d-\x7e]*$
   */
  readonly redirect_uri: string
  /**
   * Context identifier of the tenant to sign in to, e.g. `Cust12345`; left out, the user chooses.
   * @maxLength 32
   * @pattern ^[A-Za-z0-9]+$
   */
  readonly tenant?: string
  /** OIDC Core §3.1.2.1: the user's e-mail, if it is known. */
  readonly login_hint?: string
}

/** Where a page's sign-in goes on. */
export interface StartLoginResponse {
  /**
   * Where the page goes next.
   * @format uri
   */
  readonly authorization_url: string
  /** What SuperOffice sends back with the code; the page keeps it to compare. */
  readonly state: string
}

/** Ends a refresh token (RFC 7009 §2.1). A page with a session cookie sends nothing. */
export interface RevokeTokenRequest extends ClientIdentification {
  /**
   * The refresh token, or in delivery `sealed` the sealed value.
   * @maxLength 8192
   * @pattern ^[\x20-\x7e]+$
   */
  readonly token?: string
  /** `refresh_token` unless it is `access_token`; any other is passed over (RFC 7009 §2.1). */
  readonly token_type_hint?: string
}

/** The token is dead. */
export interface RevokeTokenResponse {
  /** Also for a token that was unknown or dead already (RFC 7009 §2.2). */
  readonly revoked: true
  /**
   * Where the page may go to end the user's session at SuperOffice too.
   * @format uri
   */
  readonly end_session_url: string
}

/** Either grant, as RFC 6749 §3.2 asks for it. */
export type TokenRequest =
  | (ExchangeCodeRequest & { readonly grant_type: "authorization_code" })
  | (RefreshTokenRequest & { readonly grant_type: "refresh_token" })

/** A tenant as SuperOffice's state endpoint describes it. */
export interface Tenant {
  /** e.g. `Running`, `Suspended`, `OnlineMaintenance`; `Unknown` for one that we do not know. */
  readonly state: TenantState
  /** True for `Running` and `OnlineMaintenance`. */
  readonly is_running: boolean
  /** Base URL of the tenant's REST API now, with a slash at its end; null when none was given on superoffice.com. */
  readonly webapi_url: string | null
  /** Unix seconds until which this holds; null when it was not said. */
  readonly valid_until: number | null
}

export type TenantState =
  | "Unknown"
  | "Provisioning"
  | "Running"
  | "Deleted"
  | "Suspended"
  | "OnlineMaintenance"
  | "OfflineMaintenance"
  | "ProvisioningFailed"
  | "Deleting"
  | "DeleteFailed"
  | "MigrationPending"

interface TokenResponseBase {
  readonly token_type: "Bearer"
  /** Opaque, byte for byte as SuperOffice issued it. */
  readonly access_token: string
  /** Lifetime in seconds from the time of receipt. */
  readonly expires_in: number
  /** Unix seconds: time of receipt plus `expires_in`. */
  readonly expires_at: number
  /** SuperOffice's, else `openid`. */
  readonly scope: string
  /** Only when it was included; null when it could not be read, which never fails the exchange. */
  readonly tenant?: Tenant | null
}

/** RFC 6749 §5.1, for the signed and the direct door. */
export interface TokenResponse extends TokenResponseBase {
  /** The refresh token to keep from now on; absent when a code brought none. */
  readonly refresh_token?: string
  /** As SuperOffice issued it; validated. */
  readonly id_token: string
  readonly claims: AllClaims
}

/** RFC 6749 §5.1, for a page: no refresh token in clear, and no credential. */
export interface BrowserTokenResponse extends TokenResponseBase {
  /** Only in delivery `sealed`: the sealed value to keep from now on. */
  readonly refresh_token?: string
  /** Unix seconds: when the session ends; absent when a code brought no refresh token. */
  readonly session_expires_at?: number
  /** Absent when it holds a credential claim. */
  readonly id_token?: string
  readonly claims: Claims
}

/** Signs in as the application's system user of a tenant, for work without a user. */
export interface AuthenticateSystemUserRequest {
  /**
   * Context identifier of the tenant, e.g. `Cust12345`.
   * @maxLength 32
   * @pattern ^[A-Za-z0-9]+$
   */
  readonly tenant: string
  /**
   * The claim of that name which the tenant's administrator brought; 1 to 256 printable characters without a dot.
   * @maxLength 256
   * @pattern ^[\x20-\x2d\x2f-\x7e]+$
   */
  readonly system_token: string
}

/** What the system user works with. */
export interface AuthenticateSystemUserResponse {
  /** For the header `Authorization: SOTicket …`. */
  readonly token_type: "SOTicket"
  /** A credential that acts as the system user; SuperOffice prolongs it with its use. */
  readonly ticket: string
  /** Unix seconds: when the token that brought the ticket expires. */
  readonly expires_at: number
  readonly claims: AllClaims
}

/** What an operator asks first. Nothing in it is secret. */
export interface HealthResponse {
  /** `degraded` when something below is missing or stale, or the clocks differ by more than `CLOCK_TOLERANCE_SECONDS`. */
  readonly status: "ok" | "degraded"
  /** The build's. */
  readonly version: string
  readonly environment: Environment
  /** The client secret, by Secrets Manager's version of it. */
  readonly secret: CacheHealth & { readonly version: string | null }
  /** SuperOffice's signing keys, by `kid` and `x5t`. */
  readonly key_set: CacheHealth & { readonly key_ids: readonly string[] }
  /** Seconds that SuperOffice's clock is ahead of ours; null when SuperOffice cannot be reached. */
  readonly clock_skew_seconds: number | null
}

interface CacheHealth {
  /** Seconds since it was read; null when it cannot be read. */
  readonly age_seconds: number | null
  /** True when it is past its age and could not be read again. */
  readonly stale: boolean
  /** Why it cannot be read. */
  readonly error: ErrorCode | null
}

/** Every way a request can fail. `code` in an error answer is one of these and nothing else. */
export type ErrorCode =
  | "request_invalid"
  | "grant_unsupported"
  | "grant_rejected"
  | "session_expired"
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

/** RFC 6749 §5.2, and what a program needs to decide what to do next. */
export interface ErrorResponse {
  /** A name of RFC 6749 §5.2, or borrowed from §4.1.2.1, so that OAuth libraries understand it. */
  readonly error: string
  /** A fixed sentence, never SuperOffice's text nor anything that the caller sent. */
  readonly error_description: string
  readonly code: ErrorCode
  /** True when the same request may succeed later. Never true for a code that may have reached SuperOffice. */
  readonly retryable: boolean
  /** Seconds to wait; present exactly when `retryable` is true. */
  readonly retry_after_seconds?: number
  /** Lambda's `awsRequestId`: the log line of this request carries it. */
  readonly request_id: string
}
