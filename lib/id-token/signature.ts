import { compactVerify } from "jose"
import { ExchangeError } from "../errors.ts"
import { parseObject } from "../json.ts"
import type { KeySet, VerificationKey } from "../ports.ts"
import { chooseKeys, type KeyNames } from "./key-set.ts"

/** A payload that SuperOffice signed. None of its claims has been checked. */
export interface SignedPayload {
  readonly payload: Uint8Array
  /** The header's name for the key, for the log. */
  readonly keyId: string | undefined
}

/**
 * Verifies the signature of a compact JWS (RFC 7515 §7.1): RS256 only, by a key of SuperOffice's. Applies our rules to the
 * form and the header first, because jose accepts padding, white space and header members that we must not.
 *
 * Reads the key set again for a key that the given one lacks (OIDC Core §10.1.1). Throws `id_token_invalid`, or what
 * `rereadKeySet` throws.
 */
export async function verifySignature(
  token: string,
  keySet: KeySet,
  rereadKeySet: () => Promise<KeySet>,
): Promise<SignedPayload> {
  const names = checkHeader(readUnverifiedHeader(token))
  const payload =
    (await payloadSignedBy(keySet, token, names)) ??
    (await payloadSignedBy(await rereadKeySet(), token, names))
  if (payload === undefined) refuse("no key of SuperOffice's verifies its signature")
  return { payload, keyId: names.kid ?? names.x5t }
}

/** Throws `id_token_invalid` with the rule that failed, which never holds a value of the token. */
export function refuse(rule: string): never {
  throw new ExchangeError("id_token_invalid", `the ID Token was refused: ${rule}`)
}

/** Three parts of base64url without padding, and nothing else. */
function readUnverifiedHeader(token: string): Readonly<Record<string, unknown>> {
  const parts = /^([\w-]+)\.[\w-]+\.[\w-]+$/.exec(token)
  const [, header = ""] = parts ?? refuse("it is not a compact JWS")
  return parseObject(Buffer.from(header, "base64url").toString()) ?? refuse("its header is not a JSON object")
}

/** Header members that name a key to trust, change what is signed, or say that the payload is something else. */
const forbiddenHeaderMembers = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "cty", "zip"]

/** Checks the header before it chooses a key (RFC 8725 §3.1, §3.10, RFC 7515 §4.1). Returns its names for the key. */
function checkHeader(header: Readonly<Record<string, unknown>>): KeyNames {
  if (header.alg !== "RS256") refuse('its "alg" is not RS256')
  const forbidden = forbiddenHeaderMembers.find((name) => Object.hasOwn(header, name))
  if (forbidden) refuse(`its header has "${forbidden}"`)
  const { typ, kid, x5t } = header
  if (typ !== undefined && (typeof typ !== "string" || typ.toLowerCase() !== "jwt"))
    refuse('its "typ" is not JWT')
  if (!isTextOrAbsent(kid) || !isTextOrAbsent(x5t)) refuse('its "kid" or "x5t" is not a string')
  return { kid, x5t }
}

/** Undefined when the set has no key for this token. Throws when the key that the header names did not sign it. */
async function payloadSignedBy(
  keySet: KeySet,
  token: string,
  names: KeyNames,
): Promise<Uint8Array | undefined> {
  const choice = chooseKeys(keySet, names) ?? refuse('its "kid" and "x5t" name different keys')
  for (const candidate of choice.candidates) {
    const payload = await verifyBy(candidate, token)
    if (payload) return payload
  }
  return choice.byName ? refuse("its signature is wrong") : undefined
}

async function verifyBy({ key }: VerificationKey, token: string): Promise<Uint8Array | undefined> {
  try {
    return (await compactVerify(token, key, { algorithms: ["RS256"] })).payload
  } catch {
    // Not signed by this key. Another candidate may verify it.
    return undefined
  }
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string"
}
