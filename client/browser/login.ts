import type { SealedOptions, SignInOptions } from "./options.ts"

/**
 * What a tab stores from the authorization request until its response. In the cookie deliveries that is `state` alone, and
 * the functions store the rest in a cookie.
 */
export interface PendingLogin {
  readonly state: string
  readonly nonce?: string
  readonly code_verifier?: string
}

/** Creates an authorization request without the functions (OIDC Core §3.1.2.1), with PKCE (RFC 7636 §4.1 to §4.3). */
export async function createAuthorizationRequest(
  { clientId, authorizationEndpoint, redirectUri }: SealedOptions,
  { tenant, loginHint }: SignInOptions,
): Promise<{ readonly login: PendingLogin; readonly url: string }> {
  const [state, nonce, code_verifier] = [random(), random(), random()]
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code_verifier))
  const url = new URL(authorizationEndpoint)
  const parameters = {
    client_id: clientId,
    response_type: "code",
    scope: "openid",
    redirect_uri: redirectUri,
    state,
    nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    acr_values: tenant && `tenant:${tenant}`,
    login_hint: loginHint,
  }
  for (const [name, value] of Object.entries(parameters)) if (value) url.searchParams.set(name, value)
  return { login: { state, nonce, code_verifier }, url: url.href }
}

/** A random value with 256 bits of entropy (RFC 7636 §7.1). */
function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (c) => (c == "+" ? "-" : c == "/" ? "_" : ""))
}
