import { createHash, randomBytes } from "node:crypto"
import type { LocalProvider } from "./provider.ts"
import { signInWithoutBrowser } from "./sign-in.ts"

/** What a page has after the provider's redirect, with the names of a token request's fields. */
export interface AuthorizationCode {
  readonly code: string
  readonly redirect_uri: string
  readonly code_verifier: string
  readonly nonce: string
}

/** Signs a sample user in for a page on `origin` (OIDC Core §3.1.2.1, with PKCE: RFC 7636 §4). */
export async function obtainAuthorizationCode(
  provider: LocalProvider,
  { user = "Cust12020/tony", origin }: { readonly user?: string; readonly origin: string },
): Promise<AuthorizationCode> {
  const codeVerifier = randomBytes(32).toString("base64url")
  const nonce = randomBytes(16).toString("base64url")
  const redirectUri = `${origin}/callback`
  const url = new URL(`${provider.url}/login/common/oauth/authorize`)
  url.search = new URLSearchParams({
    client_id: provider.clientId,
    response_type: "code",
    scope: "openid",
    redirect_uri: redirectUri,
    state: randomBytes(16).toString("base64url"),
    nonce,
    code_challenge: createHash("sha256").update(codeVerifier).digest("base64url"),
    code_challenge_method: "S256",
  }).toString()
  const callback = await signInWithoutBrowser(url, user)
  return {
    code: callback.searchParams.get("code") ?? "",
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
    nonce,
  }
}
