import { constants, createHmac, createPublicKey, sign, type KeyObject } from "node:crypto"

/** How to sign with the private key, by `alg`. */
const algorithms: Readonly<Record<string, (data: Buffer, key: KeyObject) => Buffer>> = {
  RS256: (data, key) => sign("sha256", data, key),
  RS512: (data, key) => sign("sha512", data, key),
  PS256: (data, key) =>
    sign("sha256", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  // With the public key for a secret, which everybody knows.
  HS256: (data, key) =>
    createHmac("sha256", createPublicKey(key).export({ type: "spki", format: "pem" }))
      .update(data)
      .digest(),
  none: () => Buffer.alloc(0),
}

export interface Changes {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Signs a token again by its `alg`, with changes in its header and claims. */
export function forge(token: string, key: KeyObject, { header = {}, claims = {} }: Changes = {}): string {
  const [oldHeader = {}, oldClaims = {}] = token.split(".").map(decode)
  const newHeader = { ...oldHeader, ...header }
  const signed = `${encode(newHeader)}.${encode({ ...oldClaims, ...claims })}`
  const signature = algorithms[String(newHeader.alg)]?.(Buffer.from(signed), key)
  if (signature === undefined) throw new Error(`nothing signs with ${String(newHeader.alg)}`)
  return `${signed}.${signature.toString("base64url")}`
}

/** A token whose claims were changed and whose signature was not. */
export function withClaims(token: string, claims: Readonly<Record<string, unknown>>): string {
  const [header = "", payload = "", signature = ""] = token.split(".")
  return [header, encode({ ...decode(payload), ...claims }), signature].join(".")
}

function decode(part: string, index = 0): Record<string, unknown> {
  if (index > 1) return {}
  return JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url")
}
