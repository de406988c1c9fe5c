import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto"
import { isPlainObject, parseJson, withoutNulls } from "../json.ts"
import type { KeySet, VerificationKey } from "../ports.ts"

/** The members of a JOSE header that name a key. */
export interface KeyNames {
  readonly kid: string | undefined
  readonly x5t: string | undefined
}

/** Which keys to try for a header. */
export interface KeyChoice {
  readonly candidates: readonly VerificationKey[]
  /** True when a key was found by its name, so that another key set would not give a better one. */
  readonly byName: boolean
}

const maxKeys = 20
const maxCandidates = 8

/** What makes a public key fit to verify by (RFC 8017 §3.1, FIPS 186-5 §A.1.1). Longer ones would only cost time. */
const arithmetic = {
  minModulusBits: 2048n,
  maxModulusBits: 8192n,
  minExponent: 65_537n,
  maxExponentBits: 256n,
} as const

/** Reads a JWK Set (RFC 7517 §5): the first 20 keys that we may use. Undefined when there is none. */
export function parseKeySet(text: string): KeySet | undefined {
  const document = parseJson(text)
  if (!isPlainObject(document) || !Array.isArray(document.keys)) return undefined
  const keys: VerificationKey[] = []
  for (const jwk of document.keys as readonly unknown[]) {
    const key = isPlainObject(jwk) ? readKey(withoutNulls(jwk)) : undefined
    if (key) keys.push(key)
    if (keys.length === maxKeys) break
  }
  return keys.length > 0 ? keys : undefined
}

/**
 * Chooses keys by `kid` or `x5t`. A header with neither may be verified by any key; a key with neither is a candidate
 * for every header. Undefined when `kid` and `x5t` select different keys.
 */
export function chooseKeys(keySet: KeySet, header: KeyNames): KeyChoice | undefined {
  const named = [header.kid, header.x5t]
    .filter((name) => name !== undefined)
    .map(canonicalName)
    .map((name) => keySet.filter((key) => key.names.has(name)))
    .filter((keys) => keys.length > 0)
  const byName = named.length > 0
  const selected = byName ? keySet.filter((key) => named.every((keys) => keys.includes(key))) : []
  if (byName && selected.length === 0) return undefined
  const nameless = keySet.filter((key) => key.names.size === 0)
  const headerIsNameless = header.kid === undefined && header.x5t === undefined
  const candidates = headerIsNameless ? keySet : [...selected, ...nameless]
  return { candidates: candidates.slice(0, maxCandidates), byName }
}

/** Reads an RSA key that may verify signatures by RS256. Undefined for any other. `x5c` is ignored. */
function readKey(jwk: Readonly<Record<string, unknown>>): VerificationKey | undefined {
  if (jwk.kty !== "RSA" || !isForVerifying(jwk)) return undefined
  try {
    // Only the public members, whatever else the JWK has. `createPublicKey` refuses members that are not text.
    const key = createPublicKey({ key: { kty: "RSA", n: jwk.n, e: jwk.e } as JsonWebKey, format: "jwk" })
    if (!isSound(key)) return undefined
    const names = [jwk.kid, jwk.x5t].filter(isName).map(canonicalName)
    return { names: new Set(names), key }
  } catch {
    // Not a public key: the rest of the set is still good.
    return undefined
  }
}

/** RFC 7517 §4.2 to §4.4. */
function isForVerifying({ use, alg, key_ops: operations = [] }: Readonly<Record<string, unknown>>): boolean {
  if (use !== undefined && use !== "sig") return false
  if (alg !== undefined && alg !== "RS256") return false
  return Array.isArray(operations) && (operations.length === 0 || operations.includes("verify"))
}

/**
 * Under a key whose exponent is 1, or even, anybody can forge a signature. An even modulus verifies nothing. Does not ask for
 * `asymmetricKeyDetails`, which takes quadratic time for a long exponent.
 */
function isSound(key: KeyObject): boolean {
  const { minModulusBits, maxModulusBits, minExponent, maxExponentBits } = arithmetic
  const { n, e } = key.export({ format: "jwk" })
  const [modulus, exponent] = [numberOf(n), numberOf(e)]
  if (modulus >> (minModulusBits - 1n) === 0n || modulus >> maxModulusBits !== 0n) return false
  if (exponent < minExponent || exponent >> maxExponentBits !== 0n) return false
  return modulus % 2n === 1n && exponent % 2n === 1n
}

function numberOf(base64url = ""): bigint {
  return BigInt(`0x0${Buffer.from(base64url, "base64url").toString("hex")}`)
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== ""
}

/**
 * Returns one spelling for a certificate's SHA-1 thumbprint. SuperOffice writes it as 40 hex digits in `kid` and as
 * base64url in `x5t`, and has used base64url in `kid` too. Any other name gets a prefix and is compared letter by letter.
 */
function canonicalName(name: string): string {
  if (/^[0-9A-Fa-f]{40}$/.test(name)) return `sha1:${name.toLowerCase()}`
  if (/^[A-Za-z0-9_-]{27}$/.test(name)) return `sha1:${Buffer.from(name, "base64url").toString("hex")}`
  return `kid:${name}`
}
