import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { bindingMembers, isBoundTo, isPastTime, type Binding } from "./binding.ts"
import { seal, unseal } from "./seal.ts"
import { unixSeconds } from "../seconds.ts"

/** A sign-in that has begun: the `state` that must come back, and what is needed to redeem and check its code. */
export interface Login {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  readonly redirectUri: string
}

/** How long a sign-in may take. */
export const loginMaxAgeSeconds = 600

/** Begins a sign-in with random values of 256 bits each (RFC 7636 §7.1). */
export function beginLogin(redirectUri: string): Login {
  const random = (): string => randomBytes(32).toString("base64url")
  return { state: random(), nonce: random(), codeVerifier: random(), redirectUri }
}

/** Where a sign-in begins, and for whom. */
export interface AuthorizationRequest {
  readonly endpoint: string
  readonly clientId: string
  readonly tenant: string | undefined
  readonly loginHint: string | undefined
}

/** The authentication request of a sign-in (OIDC Core §3.1.2.1) with PKCE by S256 (RFC 7636 §4.3). */
export function authorizationUrl(
  login: Login,
  { endpoint, clientId, tenant, loginHint }: AuthorizationRequest,
): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: login.redirectUri,
    scope: "openid",
    state: login.state,
    nonce: login.nonce,
    code_challenge: createHash("sha256").update(login.codeVerifier).digest("base64url"),
    code_challenge_method: "S256",
    ...(tenant !== undefined && { acr_values: `tenant:${tenant}` }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
  })
  return `${endpoint}?${query.toString()}`
}

/** Seals a sign-in for its cookie. */
export async function sealLogin(login: Login, now: Date, binding: Binding): Promise<string> {
  const { state, nonce, codeVerifier, redirectUri } = login
  const content = {
    state,
    nonce,
    code_verifier: codeVerifier,
    redirect_uri: redirectUri,
    begun_at: unixSeconds(now),
    ...bindingMembers(binding),
  }
  return await seal("so-login", content, binding.credentials.sealingKeys)
}

/** Opens a sign-in that has this `state` and this binding, and is at most ten minutes old. Undefined for anything else. */
export async function openLogin(
  sealed: string,
  state: string,
  now: Date,
  binding: Binding,
): Promise<Login | undefined> {
  const content = await unseal("so-login", sealed, binding.credentials.sealingKeys)
  if (content === undefined || !isBoundTo(content, binding)) return undefined
  const { nonce, code_verifier: codeVerifier, redirect_uri: redirectUri, begun_at: begunAt } = content
  if (!isPastTime(begunAt, now, binding.config) || unixSeconds(now) - begunAt > loginMaxAgeSeconds) {
    return undefined
  }
  if (typeof content.state !== "string" || !isSameState(content.state, state)) return undefined
  if (typeof nonce !== "string" || typeof codeVerifier !== "string" || typeof redirectUri !== "string") {
    return undefined
  }
  return { state, nonce, codeVerifier, redirectUri }
}

/** Compares in constant time. */
export function isSameState(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
