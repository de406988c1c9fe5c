import { createHash } from "node:crypto"
import { parseObject, parseTime } from "../json.ts"
import type { KeySet } from "../ports.ts"
import { refuse, verifySignature } from "./signature.ts"

/** What the claims of an ID Token must be. */
export interface IdTokenPolicy {
  /** Exactly this, by simple string comparison. */
  readonly issuer: string
  /** The only audience that it may have. For a user's ID Token that is our client id, whatever the payload says. */
  readonly audience: (payload: Readonly<Record<string, unknown>>) => string
  /** The access token it came with, for `at_hash`. */
  readonly accessToken: string | undefined
  readonly now: Date
  readonly clockToleranceSeconds: number
}

/** An ID Token whose signature and claims passed every rule. */
export interface VerifiedIdToken {
  readonly payload: VerifiedPayload
  /** The header's name for the key that signed it, for the log. */
  readonly keyId: string | undefined
}

/** Claims as SuperOffice wrote them, except that the claims named here have these types. */
export interface VerifiedPayload extends Readonly<Record<string, unknown>> {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  /** The tenant, as SuperOffice spelled it. */
  readonly [ctxClaim]: string
}

/** The namespace of SuperOffice's own claims: `http:`, not `https:`. */
export const superOfficeNamespace = "http://schemes.superoffice.net/identity/"

/** The claim that names the tenant. */
export const ctxClaim = `${superOfficeNamespace}ctx` as const

const maxAgeSeconds = 3_600
const maxSubLength = 255

/**
 * Verifies an ID Token: header and signature (RS256 only), then the claims. General libraries refuse real SuperOffice
 * tokens, whose `iat` may be a string, and accept much that we must not.
 *
 * Calls `rereadKeySet` only for a key that `keySet` lacks. Throws `id_token_invalid` when a rule fails, or what
 * `rereadKeySet` throws.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation OIDC Core §3.1.3.7}
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse OIDC Core §12.2}
 */
export async function verifyIdToken(
  idToken: string,
  policy: IdTokenPolicy,
  keySet: KeySet,
  rereadKeySet: () => Promise<KeySet>,
): Promise<VerifiedIdToken> {
  const { payload, keyId } = await verifySignature(idToken, keySet, rereadKeySet)
  return { payload: checkClaims(readPayload(payload), policy), keyId }
}

function readPayload(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  return parseObject(decodeUtf8(bytes)) ?? refuse("its payload is not a JSON object")
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return refuse("its payload is not UTF-8")
  }
}

function checkClaims(payload: Readonly<Record<string, unknown>>, policy: IdTokenPolicy): VerifiedPayload {
  const { iss, sub } = payload
  if (iss !== policy.issuer) refuse('its "iss" is not this environment\'s')
  const aud = checkAudience(payload, policy.audience(payload))
  if (typeof sub !== "string" || sub === "" || sub.length > maxSubLength)
    refuse('its "sub" is not 1 to 255 characters')
  const ctx = payload[ctxClaim]
  if (typeof ctx !== "string" || ctx === "") refuse("it names no tenant")
  checkAccessTokenHash(payload.at_hash, policy.accessToken)
  return { ...payload, iss: policy.issuer, sub, aud, ...checkTimes(payload, policy), [ctxClaim]: ctx }
}

/** §3.1.3.7, 3 to 5: our client and nobody else. A list may repeat it. */
function checkAudience(payload: Readonly<Record<string, unknown>>, audience: string): string {
  const named: readonly unknown[] = Array.isArray(payload.aud) ? payload.aud : [payload.aud]
  if (named.length === 0 || !named.every((one) => one === audience))
    refuse('its "aud" is not our client alone')
  if (payload.azp !== undefined && payload.azp !== audience) refuse('its "azp" is not our client')
  return audience
}

function checkTimes(payload: Readonly<Record<string, unknown>>, policy: IdTokenPolicy): Times {
  const now = policy.now.getTime() / 1000
  const tolerance = policy.clockToleranceSeconds
  const exp = parseTime(payload.exp) ?? refuse('its "exp" is not a time')
  const nbf = parseTime(payload.nbf) ?? refuse('its "nbf" is not a time')
  const iat = parseTime(payload.iat) ?? refuse('its "iat" is not a time')
  if (now >= exp + tolerance) refuse("it has expired")
  if (now < nbf - tolerance) refuse("it is not valid yet")
  if (now < iat - tolerance) refuse('its "iat" is in the future')
  if (now > iat + maxAgeSeconds + tolerance) refuse('its "iat" is more than an hour ago')
  return { exp, nbf, iat }
}

interface Times {
  readonly exp: number
  readonly nbf: number
  readonly iat: number
}

/** §3.1.3.6: the left half of the access token's SHA-256, when the token carries it. */
function checkAccessTokenHash(hash: unknown, accessToken: string | undefined): void {
  if (hash === undefined || accessToken === undefined) return
  const digest = createHash("sha256").update(accessToken).digest()
  if (hash !== digest.subarray(0, digest.length / 2).toString("base64url")) {
    refuse('its "at_hash" is not the access token\'s')
  }
}
