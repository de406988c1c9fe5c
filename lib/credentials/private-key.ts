import { createPrivateKey, type JsonWebKey, type KeyObject } from "node:crypto"
import { parseJson } from "../json.ts"
import type { PrivateKey } from "../ports.ts"
import { UnusableSecret } from "./client-secret.ts"
import { isConsistent, type RsaPart } from "./rsa-key.ts"

/**
 * Reads the application's RSA key from its secret: PEM, or the `<RSAKeyValue>` XML that SuperOffice's portal gives. Accepts
 * what consoles and tools make of them: a byte order mark, the quotes of a JSON string, escaped line ends, one line.
 *
 * Throws `UnusableSecret`, also for parts that do not belong together: OpenSSL takes them, and often signs with the rest.
 */
export function parsePrivateKey(text: string | undefined, version: string): PrivateKey {
  const key = readKey(unescaped(text ?? ""))
  if (key?.asymmetricKeyType !== "rsa" || !hasUsualSize(key)) {
    throw new UnusableSecret(
      "it is not an RSA private key: an unencrypted PEM (PKCS#8 or PKCS#1) or RSAKeyValue XML with all its parts",
    )
  }
  if (!isConsistent(key)) {
    throw new UnusableSecret(
      "the parts of its RSA key do not belong together: store the PEM or RSAKeyValue XML again",
    )
  }
  return { version, key }
}

/** Undefined for anything but a key. The error of the parser is dropped, because it may quote what it was given. */
function readKey(text: string): KeyObject | undefined {
  try {
    return readPem(text) ?? readXml(text)
  } catch {
    return undefined
  }
}

/** Without white space or a byte order mark around it, the quotes of a JSON string, and `\n` in letters. */
function unescaped(text: string): string {
  const trimmed = text.trim()
  const value = parseJson(trimmed)
  const unquoted = typeof value === "string" ? value : trimmed.replace(/^"|"$/g, "")
  // The look-behind keeps this linear in a long run of backslashes.
  return unquoted.replace(/(?<!\\)\\+[nr]/g, "\n").trim()
}

/** RFC 7468: text before and after the key is passed over. The line ends of the key may be lost, or be spaces. */
function readPem(text: string): KeyObject | undefined {
  const found = /^-----BEGIN ((?:RSA )?PRIVATE KEY)-----([^-]*)-----END \1-----\s*$/m.exec(text)
  if (found === null) return undefined
  const [, label, base64 = ""] = found
  const type = label === "PRIVATE KEY" ? "pkcs8" : "pkcs1"
  return createPrivateKey({ key: readBase64(base64), format: "der", type })
}

/** The members of RSAKeyValue, and their names in a JWK (RFC 7518 §6.3). */
const jwkNames = new Map<string, RsaPart>([
  ["Modulus", "n"],
  ["Exponent", "e"],
  ["D", "d"],
  ["P", "p"],
  ["Q", "q"],
  ["DP", "dp"],
  ["DQ", "dq"],
  ["InverseQ", "qi"],
])

/**
 * .NET's `RSA.ToXmlString(true)`. Not an XML parser: it looks only at elements that contain nothing but text. Node refuses
 * a JWK that lacks a part.
 */
function readXml(text: string): KeyObject | undefined {
  if (!text.startsWith("<") || !text.includes("RSAKeyValue")) return undefined
  const jwk: JsonWebKey = { kty: "RSA" }
  for (const [, element = "", value = ""] of withoutComments(text).matchAll(
    /<(?:[\w.-]+:)?(\w+)(?:\s[^<>]*)?>([^<]*)<\/(?:[\w.-]+:)?\1\s*>/g,
  )) {
    const name = jwkNames.get(element)
    if (name === undefined) continue
    if (name in jwk) return undefined
    jwk[name] = readBase64(withCharacters(value)).toString("base64url")
  }
  return createPrivateKey({ key: jwk, format: "jwk" })
}

/** Also without the marks of CDATA. */
function withoutComments(xml: string): string {
  const [first = "", ...others] = xml.split("<!--")
  const rest = others.map((part) => part.slice(part.indexOf("-->") + "-->".length))
  return [first, ...rest].join("").replace(/<!\[CDATA\[|\]\]>/g, "")
}

/** Resolves numeric character references: XML writers make `&#xD;` of a carriage return. */
function withCharacters(text: string): string {
  return text.replace(/&#(x?[\da-f]+);/gi, (_, number: string) => String.fromCodePoint(Number(`0${number}`)))
}

/** Throws for text that is not base64, because Node passes over characters that it does not know. */
function readBase64(text: string): Buffer {
  const base64 = text.replace(/\s/g, "")
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error("not base64")
  return Buffer.from(base64, "base64")
}

/** Large enough for a signature with SHA-256, and small enough for OpenSSL to verify. */
function hasUsualSize({ asymmetricKeyDetails: { modulusLength = 0 } = {} }: KeyObject): boolean {
  return modulusLength >= 1024 && modulusLength <= 16_384
}
