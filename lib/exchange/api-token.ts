import { randomUUID } from "node:crypto"
import { CompactSign } from "jose"
import type { Config } from "../config.ts"
import type { TokenResponse } from "../contract.ts"
import { unixSeconds } from "../seconds.ts"
import { capitalizedTenant, tenantPattern } from "../tenant.ts"
import type { Exchange } from "./exchange.ts"

type ApiTokenResult = Pick<TokenResponse, "api_token" | "api_token_expires_at">

/**
 * Signs the token for the partner's own API that was asked for: a JWT access token of ours (RFC 9068 §2) with those of the
 * validated claims that identify a user. Null for a user that it cannot name, and nothing if none was asked for.
 */
export async function apiTokenResult(
  { claims, credentials, receivedAt, signingKey }: Exchange,
  { config }: { readonly config: Config },
): Promise<ApiTokenResult> {
  const { apiToken } = config
  if (apiToken === undefined || signingKey === undefined) return {}
  const { associateid, is_administrator, email, upn } = claims
  if (associateid === undefined || !tenantPattern.test(claims.ctx)) return { api_token: null }
  // A verifier compares bytes, and SuperOffice writes the name of a tenant in any case.
  const ctx = capitalizedTenant(claims.ctx)
  const issuedAt = unixSeconds(receivedAt)
  const expiresAt = issuedAt + apiToken.lifetimeSeconds
  const payload = {
    iss: apiToken.issuer,
    aud: apiToken.audience,
    client_id: credentials.clientId,
    sub: `${ctx}/${associateid}`,
    iat: issuedAt,
    exp: expiresAt,
    jti: randomUUID(),
    ctx,
    associateid,
    is_administrator,
    email,
    upn,
  }
  // jose's SignJWT does the same, and more: setters for claims, in 2 KB that every cold start would read.
  const token = await new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ typ: "at+jwt", alg: "RS256", kid: signingKey.kid })
    .sign(signingKey.key)
  return { api_token: token, api_token_expires_at: expiresAt }
}
