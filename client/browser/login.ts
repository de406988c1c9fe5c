import type { SealedOptions } from "./options.ts"

/**
 * What a tab stores from the authorization request until its response. In the cookie deliveries that is `state` alone, and
 * the functions store the rest in a cookie.
 */
export interface PendingLogin {
  readonly state: string
  readonly nonce?: string
  readonly code_verifier?: string
}

/** The login page's URL, and what its response is compared with. */
export interface AuthorizationRequest {
  readonly login: PendingLogin
  readonly url: string
}

/** Creates an authorization request without the functions (OIDC Core §3.1.2.1), with PKCE (RFC 7636 §4.1 to §4.3). */
export async function createAuthorizationRequest(
  { clientId, authorizationEndpoint, redirectUri }: SealedOptions,
  tenant: string | undefined,
  loginHint: string | undefined,
): Promise<AuthorizationRequest> {
  const login = { state: random(), nonce: random(), code_verifier: random() }
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(login.code_verifier))
  const parameters = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    scope: "openid",
    redirect_uri: redirectUri,
    state: login.state,
    nonce: login.nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...(tenant && { acr_values: `tenant:${tenant}` }),
    ...(loginHint && { login_hint: loginHint }),
  })
  return { login, url: `${authorizationEndpoint}?${String(parameters)}` }
}

/** A random value with 256 bits of entropy (RFC 7636 §7.1). */
export function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/=/g, "")
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
}
