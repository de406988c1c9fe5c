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

/** A token whose signature and claims passed every rule. */
export interface VerifiedToken<Payload> {
  readonly payload: Payload
  /** The header's name for the key that signed it, for the log. */
  readonly keyId: string | undefined
}

/** Claims of any token, as SuperOffice wrote them, except that the claims named here have these types. */
export interface VerifiedClaims extends Readonly<Record<string, unknown>> {
  readonly iss: string
  readonly sub: string | undefined
  readonly aud: string
  readonly iat: number | undefined
  readonly nbf: number | undefined
  readonly exp: number
  /** The tenant, as SuperOffice spelled it. */
  readonly [ctxClaim]: string
}

/** Claims of a user's ID Token, which has them all. */
export interface VerifiedPayload extends VerifiedClaims {
  readonly sub: string
  readonly iat: number
  readonly nbf: number
}

/** The namespace of SuperOffice's own claims: `http:`, not `https:`. */
export const superOfficeNamespace = "http://schemes.superoffice.net/identity/"

/** The claim that names the tenant. */
export const ctxClaim = `${superOfficeNamespace}ctx` as const

const maxAgeSeconds = 3_600
const maxSubLength = 255

const subRule = 'its "sub" is not 1 to 255 characters'
const timeRule = (name: "exp" | "iat" | "nbf"): string => `its "${name}" is not a time`

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
): Promise<VerifiedToken<VerifiedPayload>> {
  const { payload, keyId } = await verifySystemUserToken(idToken, policy, keySet, rereadKeySet)
  const { sub = refuse(subRule), iat = refuse(timeRule("iat")), nbf = refuse(timeRule("nbf")) } = payload
  return { payload: { ...payload, sub, iat, nbf }, keyId }
}

/**
 * Verifies a system user's token by the same rules, except that it may lack `sub`, `iat` and `nbf`: SuperOffice's own
 * validator does not ask for them. Where they are present, they must be right.
 */
export async function verifySystemUserToken(
  token: string,
  policy: IdTokenPolicy,
  keySet: KeySet,
  rereadKeySet: () => Promise<KeySet>,
): Promise<VerifiedToken<VerifiedClaims>> {
  const { payload, keyId } = await verifySignature(token, keySet, rereadKeySet)
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

function checkClaims(payload: Readonly<Record<string, unknown>>, policy: IdTokenPolicy): VerifiedClaims {
  const { iss, sub } = payload
  if (iss !== policy.issuer) refuse('its "iss" is not this environment\'s')
  const aud = checkAudience(payload, policy.audience(payload))
  if (sub !== undefined && (typeof sub !== "string" || sub === "" || sub.length > maxSubLength))
    refuse(subRule)
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
  const exp = parseTime(payload.exp) ?? refuse(timeRule("exp"))
  const nbf = timeIfPresent(payload, "nbf")
  const iat = timeIfPresent(payload, "iat")
  if (now >= exp + tolerance) refuse("it has expired")
  if (nbf !== undefined && now < nbf - tolerance) refuse("it is not valid yet")
  if (iat !== undefined && now < iat - tolerance) refuse('its "iat" is in the future')
  if (iat !== undefined && now > iat + maxAgeSeconds + tolerance) refuse('its "iat" is more than an hour ago')
  return { exp, nbf, iat }
}

type Times = Pick<VerifiedClaims, "exp" | "nbf" | "iat">

function timeIfPresent(payload: Readonly<Record<string, unknown>>, name: "iat" | "nbf"): number | undefined {
  const value = payload[name]
  return value === undefined ? undefined : (parseTime(value) ?? refuse(timeRule(name)))
}

/** §3.1.3.6: the left half of the access token's SHA-256, when the token carries it. */
function checkAccessTokenHash(hash: unknown, accessToken: string | undefined): void {
  if (hash === undefined || accessToken === undefined) return
  const digest = createHash("sha256").update(accessToken).digest()
  if (hash !== digest.subarray(0, digest.length / 2).toString("base64url")) {
    refuse('its "at_hash" is not the access token\'s')
  }
}
