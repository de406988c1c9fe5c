import type { Config } from "../config.ts"
import type { Grant } from "./grant.ts"
import type { ClientCredentials, HttpRequest } from "../ports.ts"
import { tokenResponseNeedsBody } from "./token-response.ts"

/**
 * The token request for a grant (RFC 6749 §4.1.3, §6). Authenticates the client by `client_secret_post` (§2.3.1).
 * Everything is in the form body, because query strings end up in logs. A refresh token is sent without `redirect_uri` and
 * `scope`, because SuperOffice needs neither.
 */
export function tokenRequest(grant: Grant, credentials: ClientCredentials, config: Config): HttpRequest {
  const form = new URLSearchParams({
    grant_type: grant.type,
    client_id: credentials.clientId,
    client_secret: credentials.clientSecret.reveal(),
  })
  switch (grant.type) {
    case "authorization_code":
      form.set("code", grant.code.reveal())
      form.set("redirect_uri", grant.redirectUri)
      if (grant.codeVerifier) form.set("code_verifier", grant.codeVerifier.reveal())
      break
    case "refresh_token":
      form.set("refresh_token", grant.refreshToken.reveal())
      break
  }
  return {
    method: "POST",
    url: config.endpoints.token,
    body: { type: "form", text: form.toString() },
    needsBody: tokenResponseNeedsBody,
  }
}
