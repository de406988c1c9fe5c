import type { KeyObject } from "node:crypto"

/** The members of a JWK for an RSA private key (RFC 7518 §6.3). */
export type RsaPart = "n" | "e" | "d" | "p" | "q" | "dp" | "dq" | "qi"

/** RFC 8017 §3.2: every part of the key belongs to the others. A trial signature would show a wrong `n` or `e` only. */
export function isConsistent(key: KeyObject): boolean {
  const jwk = key.export({ format: "jwk" })
  const numberOf = (name: RsaPart): bigint =>
    BigInt(`0x0${Buffer.from(jwk[name] ?? "", "base64url").toString("hex")}`)
  const [p, q, d] = [numberOf("p"), numberOf("q"), numberOf("d")]
  const isInverse = (a: bigint, b: bigint, modulus: bigint): boolean => (a * b) % modulus === 1n
  return (
    p > 1n &&
    q > 1n &&
    p * q === numberOf("n") &&
    isInverse(numberOf("e"), d, p - 1n) &&
    isInverse(numberOf("e"), d, q - 1n) &&
    isInverse(numberOf("qi"), q, p) &&
    d % (p - 1n) === numberOf("dp") &&
    d % (q - 1n) === numberOf("dq")
  )
}
