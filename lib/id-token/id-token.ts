import { createHash } from "node:crypto"
import { ExchangeError } from "../errors.ts"
import { isPlainObject, parseJson, parseWholeNumber } from "../json.ts"
import { isSignedBy, readJws, type Jws } from "./jws.ts"
import { chooseKeys, type KeyNames } from "./key-set.ts"
import type { KeySet } from "../ports.ts"

/** What an ID Token must be, beside being signed. */
export interface IdTokenPolicy {
  /** Exactly this, by simple string comparison. */
  readonly issuer: string
  /** Whom it must be for, and nobody else; usually us, whatever it says itself. */
  readonly audience: (payload: Readonly<Record<string, unknown>>) => string
  /** From the authorization request, when the caller gave it. */
  readonly nonce: string | undefined
  /** The user and tenant of the sign-in, where they are known (OIDC Core §12.2). */
  readonly sub: string | undefined
  readonly ctx: string | undefined
  /** The access token it came with, for `at_hash`. */
  readonly accessToken: string | undefined
  readonly now: Date
  readonly clockToleranceSeconds: number
}

/** The claims of an ID Token whose signature and every rule of ours held. */
export interface VerifiedIdToken {
  readonly payload: VerifiedPayload
  /** The header's name for the key that signed it, for the log. */
  readonly keyId: string | undefined
}

/** Claims as SuperOffice wrote them; the ones that the rules looked at have their types. */
export interface VerifiedPayload extends Readonly<Record<string, unknown>> {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
}

/** Gives the key set, from the cache or past it. */
export type KeySetReader = (freshness: "cached" | "reread") => Promise<KeySet>

/** The namespace of SuperOffice's own claims: `http:`, not `https:`. */
export const superOfficeNamespace = "http://schemes.superoffice.net/identity/"

const maxAgeSeconds = 3_600
const maxSubLength = 255

/**
 * Verifies an ID Token: the header's rules, the signature (RS256 only), then the claims' rules. General libraries refuse
 * real SuperOffice tokens, whose `iat` may be a string, and accept much that we must not.
 *
 * Throws `id_token_invalid` when any rule fails, and what `keySet` throws when a key it lacks cannot be looked for.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation OIDC Core §3.1.3.7}
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse OIDC Core §12.2}
 */
export async function verifyIdToken(
  idToken: string,
  policy: IdTokenPolicy,
  keySet: KeySetReader,
): Promise<VerifiedIdToken> {
  const jws = readJws(idToken) ?? fail("it is not a compact JWS")
  const names = checkHeader(jws)
  const isVerified =
    verifySignature(jws, names, await keySet("cached")) ||
    // A key we have not seen: SuperOffice may have changed it since the set was read (OIDC Core §10.1.1).
    verifySignature(jws, names, await keySet("reread"))
  if (!isVerified) fail("no key of SuperOffice's verifies its signature")
  return { payload: checkClaims(readPayload(jws.payload), policy), keyId: names.kid ?? names.x5t }
}

/** Header members that name a key to trust, change what is signed, or say that the payload is something else. */
const forbiddenHeaderMembers = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "cty", "zip"]

/** RFC 8725 §3.1, §3.10, RFC 7515 §4.1: before any key is chosen by it. Gives its names for the key. */
function checkHeader({ header }: Jws): KeyNames {
  if (!isPlainObject(header)) fail("its header is not a JSON object")
  if (header.alg !== "RS256") fail('its "alg" is not RS256')
  const forbidden = forbiddenHeaderMembers.find((name) => name in header)
  if (forbidden) fail(`its header has "${forbidden}"`)
  const { typ, kid, x5t } = header
  if (typ !== undefined && (typeof typ !== "string" || typ.toLowerCase() !== "jwt"))
    fail('its "typ" is not JWT')
  if (!isTextOrAbsent(kid) || !isTextOrAbsent(x5t)) fail('its "kid" or "x5t" is not a string')
  return { kid, x5t }
}

/** False when the set has no key for this token. Throws when the key that the header names did not sign it. */
function verifySignature(jws: Jws, names: KeyNames, keySet: KeySet): boolean {
  const choice = chooseKeys(keySet, names) ?? fail('its "kid" and "x5t" name different keys')
  if (choice.candidates.some(({ key }) => isSignedBy(jws, key))) return true
  return choice.byName ? fail("its signature is wrong") : false
}

function readPayload(bytes: Buffer): Readonly<Record<string, unknown>> {
  const payload = parseJson(decodeUtf8(bytes))
  return isPlainObject(payload) ? payload : fail("its payload is not a JSON object")
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return fail("its payload is not UTF-8")
  }
}

function checkClaims(payload: Readonly<Record<string, unknown>>, policy: IdTokenPolicy): VerifiedPayload {
  const { iss, sub } = payload
  if (iss !== policy.issuer) fail('its "iss" is not this environment\'s')
  const aud = checkAudience(payload, policy.audience(payload))
  if (typeof sub !== "string" || sub === "" || sub.length > maxSubLength)
    fail('its "sub" is not 1 to 255 characters')
  if (policy.sub !== undefined && sub !== policy.sub) fail('its "sub" is not the one of the sign-in')
  const ctx = payload[`${superOfficeNamespace}ctx`]
  if (typeof ctx !== "string" || ctx === "") fail("it names no tenant")
  if (policy.ctx !== undefined && ctx !== policy.ctx) fail("its tenant is not the one of the sign-in")
  // Absent in a refreshed ID Token; when the caller gave one it must be there and equal (§3.1.3.7, 11).
  if (policy.nonce !== undefined && payload.nonce !== policy.nonce)
    fail('its "nonce" is not the one expected')
  checkAccessTokenHash(payload.at_hash, policy.accessToken)
  return { ...payload, iss: policy.issuer, sub, aud, ...checkTimes(payload, policy) }
}

/** §3.1.3.7, 3 to 5: us and nobody else, however often. */
function checkAudience(payload: Readonly<Record<string, unknown>>, audience: string): string {
  const named: readonly unknown[] = Array.isArray(payload.aud) ? payload.aud : [payload.aud]
  if (named.length === 0 || !named.every((one) => one === audience)) fail('its "aud" is not our client alone')
  if (payload.azp !== undefined && payload.azp !== audience) fail('its "azp" is not our client')
  return audience
}

function checkTimes(payload: Readonly<Record<string, unknown>>, policy: IdTokenPolicy): Times {
  const now = policy.now.getTime() / 1000
  const tolerance = policy.clockToleranceSeconds
  const exp = parseWholeNumber(payload.exp) ?? fail('its "exp" is not a time')
  const nbf = parseWholeNumber(payload.nbf) ?? fail('its "nbf" is not a time')
  const iat = parseWholeNumber(payload.iat) ?? fail('its "iat" is not a time')
  if (now >= exp + tolerance) fail("it has expired")
  if (now < nbf - tolerance) fail("it is not valid yet")
  if (now < iat - tolerance) fail('its "iat" is in the future')
  if (now > iat + maxAgeSeconds + tolerance) fail('its "iat" is more than an hour ago')
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
    fail('its "at_hash" is not the access token\'s')
  }
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string"
}

function fail(why: string): never {
  throw new ExchangeError("id_token_invalid", `the ID Token was refused: ${why}`)
}
