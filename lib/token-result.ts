import { browserClaims, holdsCredential } from "./claims.ts"
import type { BrowserTokenResponse, TokenResponse } from "./contract.ts"
import type { Exchange } from "./exchange.ts"
import type { Grant } from "./grant.ts"

/** RFC 6749 §5.1 for a cloud function: everything, and the refresh token to keep from now on. */
export function tokenResult(exchange: Exchange, grant: Grant): TokenResponse {
  // RFC 6749 §6: a new refresh token replaces the old one; SuperOffice sends none, so the caller's own stays good.
  const kept = grant.type === "refresh_token" ? grant.refreshToken.reveal() : undefined
  const refreshToken = exchange.tokens.refreshToken ?? kept
  return {
    ...commonResult(exchange),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    id_token: exchange.tokens.unverifiedIdToken,
    claims: exchange.claims,
  }
}

/** RFC 6749 §5.1 for a page: no refresh token, no credential, not even inside the ID Token. */
export function browserTokenResult(exchange: Exchange): BrowserTokenResponse {
  return {
    ...commonResult(exchange),
    ...(!holdsCredential(exchange.payload) && { id_token: exchange.tokens.unverifiedIdToken }),
    claims: browserClaims(exchange.claims),
  }
}

function commonResult({ tokens, receivedAt }: Exchange) {
  return {
    token_type: "Bearer",
    access_token: tokens.accessToken,
    expires_in: tokens.expiresInSeconds,
    expires_at: Math.floor(receivedAt.getTime() / 1000) + tokens.expiresInSeconds,
    scope: tokens.scope,
  } as const
}
