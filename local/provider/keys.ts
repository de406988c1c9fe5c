import { createHash, generateKeyPair, type KeyObject } from "node:crypto"
import { promisify } from "node:util"

/** How the served key set identifies its key: `kid` as upper-case hex, `kid` in the form of `x5t`, or no `kid`. */
export type KeyIds = "hex" | "x5t" | "absent"

/** The key pair that signs id_tokens, with both forms of its id. */
export interface SigningKey {
  readonly privateKey: KeyObject
  readonly n: string
  readonly e: string
  /**
   * SHA-1 in base64url: at SuperOffice of the key's certificate; here of the public key, because there is no
   * certificate.
   */
  readonly x5t: string
  /** The same SHA-1 in upper-case hex. */
  readonly kid: string
}

/** A member of the served key set, in SuperOffice's order. */
export interface ServedKey {
  readonly kty: "RSA"
  readonly use: "sig"
  readonly alg: "RS256"
  readonly kid: string | undefined
  readonly x5t: string
  readonly n: string
  readonly e: string
}

export async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })
  const { n, e } = publicKey.export({ format: "jwk" })
  if (n === undefined || e === undefined) throw new Error("an RSA key has a modulus and an exponent")
  const thumbprint = createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest()
  return {
    privateKey,
    n,
    e,
    x5t: thumbprint.toString("base64url"),
    kid: thumbprint.toString("hex").toUpperCase(),
  }
}

/** The key set as served: one key, as at SuperOffice, behind keys that nobody can use. */
export function keySet(
  key: SigningKey,
  keyIds: KeyIds,
  before: OtherKeys,
): { readonly keys: readonly object[] } {
  const kid = { hex: key.kid, x5t: key.x5t, absent: undefined }[keyIds]
  const served: ServedKey = { kty: "RSA", use: "sig", alg: "RS256", kid, x5t: key.x5t, n: key.n, e: key.e }
  return { keys: [...otherKeys[before](served), ...(before === "null members" ? [] : [served])] }
}

/** What a key set may have beside the key that signs. */
export type OtherKeys = keyof typeof otherKeys

const otherKeys = {
  none: () => [],
  /** Twenty keys of another kind come first. */
  "elliptic curves": () =>
    Array.from({ length: 20 }, (_, index) => ({ kty: "EC", crv: "P-256", kid: `ec-${index}`, x: "", y: "" })),
  /** A key with the same names comes first, under which anybody can sign, because its exponent is 1. */
  "an exponent of 1": (served: ServedKey) => [{ ...served, e: "AQ" }],
  /** The key itself has null for members that are absent. */
  "null members": (served: ServedKey) => [{ ...served, use: null, alg: null, key_ops: null, x5u: null }],
} as const satisfies Readonly<Record<string, (served: ServedKey) => readonly object[]>>
