import type { Answer, TokenAnswer } from "./contract.ts"

const namespace = "http://schemes.superoffice.net/identity/"

/** The answer of all peers: claims without SuperOffice's namespace, numbers and booleans as what they are. */
export function normalize(tokens: TokenAnswer, payload: Readonly<Record<string, unknown>>): Answer {
  const claims: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(payload)) claims[name.replace(namespace, "")] = value
  claims.associateid = Number(claims.associateid)
  claims.is_administrator = String(claims.is_administrator).toLowerCase() === "true"
  const expiresIn = tokens.expires_in ?? 3600
  return {
    token_type: "Bearer",
    access_token: tokens.access_token,
    expires_in: expiresIn,
    expires_at: Math.floor(Date.now() / 1000) + expiresIn,
    refresh_token: tokens.refresh_token,
    id_token: tokens.id_token,
    claims,
  }
}
