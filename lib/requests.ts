/**
 * What an answer contains in addition to tokens or ticket, on request.
 *
 * @example
 * const include: readonly Include[] = ["tenant", "api_token"]
 */
export type Include = "tenant" | "api_token"

/** OAuth client libraries send `client_id` with every request, so every function accepts it. */
interface ClientIdentification {
  /** The application's client id at SuperOffice. Optional; any other value is refused. */
  readonly client_id?: string
}

/** Optional fields of every token request. */
interface TokenRequestOptions extends ClientIdentification {
  /**
   * `tenant` adds the tenant's state, read from SuperOffice's state endpoint. `api_token` adds a token for the partner's own API
   * (RFC 9068), where the deployment has `API_TOKEN_AUDIENCE`. In a form, separate values with spaces.
   */
  readonly include?: readonly Include[]
}

/**
 * Redeems an authorization code (RFC 6749 §4.1.3).
 *
 * @example
 * const request: ExchangeCodeRequest = { code, redirect_uri, code_verifier, nonce }
 */
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

/**
 * Redeems a refresh token (RFC 6749 §6).
 *
 * @example
 * const { sub, ctx } = claimsOfTheSignIn
 * const request: RefreshTokenRequest = { refresh_token, sub, ctx }
 */
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
 *
 * @example
 * const request: ExchangeLoginCodeRequest = { code, state, iss: "https://online.superoffice.com" }
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

/**
 * A request to the token endpoint (RFC 6749 §3.2). `grant_type` selects the grant.
 *
 * @example
 * const request: TokenRequest = { grant_type: "refresh_token", refresh_token }
 */
export type TokenRequest =
  | (ExchangeCodeRequest & { readonly grant_type: "authorization_code" })
  | (RefreshTokenRequest & { readonly grant_type: "refresh_token" })

/**
 * Begins a sign-in for a page (OIDC Core §3.1.2.1). Deliveries `cookie` and `partitioned` only.
 *
 * @example
 * const request: StartLoginRequest = { redirect_uri: "https://app.example.com/callback", tenant: "Cust12345" }
 */
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

/**
 * Asks `start-login` whether the browser keeps the cookie of a sign-in, before the page navigates to SuperOffice. The page
 * sends the header `X-CSRF: 1` and its cookies, and no `redirect_uri`. Deliveries `cookie` and `partitioned` only.
 *
 * @example
 * const body = JSON.stringify({ state } satisfies CheckLoginRequest)
 */
export interface CheckLoginRequest {
  /** The `state` that `start-login` returned. */
  readonly state: string
}

/**
 * Revokes a refresh token (RFC 7009 §2.1). A page with a session cookie names the session by `ctx` and `sub`.
 *
 * @example
 * const request: RevokeTokenRequest = { token: refresh_token, token_type_hint: "refresh_token" }
 */
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

/**
 * Signs in as the application's system user in a tenant, for work without a signed-in user.
 *
 * @example
 * const request: AuthenticateSystemUserRequest = { tenant: "Cust12345", system_token }
 */
export interface AuthenticateSystemUserRequest {
  /** `tenant` adds the tenant's state, read from SuperOffice's state endpoint. In a form, separate values with spaces. */
  readonly include?: readonly Extract<Include, "tenant">[]
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
