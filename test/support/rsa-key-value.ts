import { KeyObject, type JsonWebKey } from "node:crypto"

/** The elements in .NET's order, and the JWK's name of each. */
const elements = [
  ["Modulus", "n"],
  ["Exponent", "e"],
  ["P", "p"],
  ["Q", "q"],
  ["DP", "dp"],
  ["DQ", "dq"],
  ["InverseQ", "qi"],
  ["D", "d"],
] as const

type Elements = readonly (readonly [element: string, jwkName: string])[]

interface Shape {
  readonly write?: (bytes: Buffer) => string
  readonly order?: (all: Elements) => Elements
}

/** The key as SuperOffice's portal gives it: what .NET's `RSA.ToXmlString` writes, but for the changes. */
export function rsaKeyValue(
  key: KeyObject | JsonWebKey,
  { write = (bytes) => bytes.toString("base64"), order = (all) => all }: Shape = {},
): string {
  const jwk = key instanceof KeyObject ? key.export({ format: "jwk" }) : key
  const parts = order(elements).map(([element, jwkName]) => {
    const value = jwk[jwkName]
    if (typeof value !== "string") return ""
    return `<${element}>${write(Buffer.from(value, "base64url"))}</${element}>`
  })
  return `<RSAKeyValue>${parts.join("")}</RSAKeyValue>`
}
