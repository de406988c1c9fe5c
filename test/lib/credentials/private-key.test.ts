import { generateKeyPairSync, type JsonWebKey, type KeyObject } from "node:crypto"
import { describe, expect, it } from "vitest"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { parsePrivateKey } from "../../../lib/credentials/private-key.ts"
import { rsaKeyValue } from "../../support/rsa-key-value.ts"

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const pkcs8 = pemOf(privateKey, "pkcs8")
const pkcs1 = pemOf(privateKey, "pkcs1")
const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString()
const xml = rsaKeyValue(privateKey)
const jwk = privateKey.export({ format: "jwk" })
const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" })

const notKey = new UnusableSecret(
  "it is not an RSA private key: an unencrypted PEM (PKCS#8 or PKCS#1) or RSAKeyValue XML with all its parts",
)
const notOneKey = new UnusableSecret(
  "the parts of its RSA key do not belong together: store the PEM or RSAKeyValue XML again",
)

function pemOf(key: KeyObject, type: "pkcs1" | "pkcs8", encryption: object = {}): string {
  return key.export({ type, format: "pem", ...encryption }).toString()
}

function parse(text: string | undefined) {
  return parsePrivateKey(text, "v7")
}

describe("parsePrivateKey", () => {
  it.each([
    ["PKCS#8", pkcs8],
    ["PKCS#1 with Windows line ends", pkcs1.replaceAll("\n", "\r\n")],
    ["PEM with escaped Windows line ends", pkcs1.replaceAll("\n", "\\r\\n")],
    ["PEM with line ends that were escaped twice", pkcs8.replaceAll("\n", "\\\\n")],
    ["PEM behind a byte order mark, with white space around it", `\ufeff\n \t\u00a0${pkcs8}\r\n  `],
    ["PEM in one line without spaces", pkcs1.replaceAll("\n", "")],
    ["PEM with white space before each line", pkcs8.replace(/\n(?!-)/g, "\n    ")],
    ["a JSON string of escaped PEM", ` ${JSON.stringify(pkcs8.replaceAll("\n", "\\n"))}\n`],
    ["a JSON string behind a byte order mark", `\ufeff${JSON.stringify(`\ufeff${pkcs1}`)}`],
    ["a JSON string as .NET writes it", JSON.stringify(pkcs8).replaceAll("+", "\\u002B")],
    ["PEM in quotes, with real line ends", `"${pkcs8}"`],
    ["PEM behind explanatory text (RFC 7468 §2)", `Bag Attributes\n    localKeyID: 01\n${pkcs8}`],
    ["PEM behind its public half", publicPem + pkcs8],
    ["XML as .NET writes it", xml],
    ["XML behind a byte order mark and a declaration", `\ufeff<?xml version="1.0"?>\r\n${xml}\r\n`],
    ["XML with its elements on lines of their own", xml.replaceAll("><", ">\n  <")],
    ["XML with its base64 in lines", rsaKeyValue(privateKey, { write: inLines })],
    ["XML with character references", rsaKeyValue(privateKey, { write: inReferences })],
    ["XML with its elements in another order", rsaKeyValue(privateKey, { order: (all) => all.toReversed() })],
    ["XML with leading zero bytes", rsaKeyValue(privateKey, { write: zeroFilled })],
    ["XML with attributes and spaces", xml.replace("<D>", "<D\n a = 'b' >").replace("</D>", "</D >")],
    ["XML with a prefix", xml.replace(/<(\/?)/g, "<$1ds:")],
    ["XML in a document", `<ds:KeyInfo Id="k"><ds:KeyValue>${xml}</ds:KeyValue></ds:KeyInfo>`],
    ["XML beside other elements", `<a><b>1</b><b>2</b><constructor>3</constructor>${xml}</a>`],
    ["XML with comments", xml.replace("<D>", "<!-- <D>old</D> --><D><!-- the exponent -->")],
    ["XML with CDATA", xml.replace("<D>", "<D><![CDATA[").replace("</D>", "]]></D>")],
    ["XML with escaped line ends", xml.replaceAll("><", ">\\r\\n<")],
    ["a JSON string of XML as .NET writes it", JSON.stringify(xml).replaceAll("<", "\\u003C")],
  ])("reads %s", (_form, text) => {
    const { version, key } = parse(text)
    expect(version).toBe("v7")
    expect(key.export({ format: "jwk" })).toEqual(jwk)
  })

  it("reads a key of 1024 bits, the shortest that it takes", () => {
    const shortest = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey
    expect(parse(pemOf(shortest, "pkcs8")).key.asymmetricKeyDetails?.modulusLength).toBe(1024)
  })

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const pss = generateKeyPairSync("rsa-pss", { modulusLength: 1024 })
  const short = generateKeyPairSync("rsa", { modulusLength: 1016 })
  const encryption = { cipher: "aes-256-cbc", passphrase: "hunter2" }
  it.each<[string, string | undefined]>([
    ["a binary secret", undefined],
    ["white space", " \n"],
    ["a quote", '"'],
    ["other text", "the password is hunter2"],
    ["PEM within JSON", JSON.stringify({ private_key: pkcs8 })],
    ["XML within JSON", JSON.stringify({ private_key: xml })],
    // Before a row in PEM: after it, Node 24 refuses the next key in DER, whatever that is.
    ["a key that is too long", rsaKeyValue({ ...jwk, n: modulusOf(16_392) })],
    ["PEM that was cut", pkcs8.slice(0, 400)],
    ["PEM that lacks a line", pkcs8.split("\n").toSpliced(5, 1).join("\n")],
    ["PEM with a quote behind its base64", pkcs8.replace("\n-----END", '"$&')],
    ["PEM with a letter behind its end", `${pkcs8.trim()}x`],
    ["PKCS#1 under the name of PKCS#8", pkcs1.replaceAll("RSA ", "")],
    ["PEM between different names", pkcs1.replace("END RSA", "END")],
    ["a public key", publicPem],
    ["an encrypted key", pemOf(privateKey, "pkcs8", encryption)],
    ["an encrypted key of PKCS#1", pemOf(privateKey, "pkcs1", encryption)],
    ["a key of an elliptic curve", pemOf(ec.privateKey, "pkcs8")],
    ["a key for PSS", pemOf(pss.privateKey, "pkcs8")],
    ["a key that is too short", pemOf(short.privateKey, "pkcs8")],
    ["XML of the public half", rsaKeyValue(publicKey)],
    ...["Modulus", "Exponent", "D", "P", "Q", "DP", "DQ", "InverseQ"].flatMap((name): [string, string][] => [
      [`XML without ${name}`, xml.replace(elementOf(name), "")],
      [`XML with an empty ${name}`, xml.replace(elementOf(name), `<${name}></${name}>`)],
      [`XML with two of ${name}`, xml.replace(elementOf(name), "$&$&")],
    ]),
    ["XML with a member that is not base64", xml.replace("<D>", "<D>!")],
    ["XML with an element in a member", xml.replace("<D>", "<D><b>AQAB</b>")],
    ["XML with a reference to no character", xml.replace("<D>", "<D>&#x7fffffff;")],
    ["XML whose comment has no end", xml.replace("<D>", "<!--<D>")],
    ["XML of a DSA key", xml.replaceAll("RSAKeyValue", "DSAKeyValue")],
  ])("refuses %s, and repeats nothing of it", (_what, text) => {
    expect(() => parse(text)).toThrow(notKey)
  })

  it.each<[string, JsonWebKey]>([
    ...(["n", "d", "p", "q", "dp", "dq", "qi"] as const).map((name): [string, JsonWebKey] => [
      `"${name}" of another key`,
      { ...jwk, [name]: other[name] },
    ]),
    ["another exponent", { ...jwk, e: "Aw" }],
    ["its two primes exchanged", { ...jwk, p: String(jwk.q), q: String(jwk.p) }],
    ["the largest usual modulus, of another key", { ...jwk, n: modulusOf(16_384) }],
    ["a p of 1, and all else of its one prime", { ...jwk, n: String(jwk.q), p: "AQ", d: String(jwk.dq) }],
    ["a q of 1, and all else of its one prime", { ...jwk, n: String(jwk.p), q: "AQ", d: String(jwk.dp) }],
    ["a d that is even", { ...jwk, d: changedLastByte(jwk.d) }],
  ])("refuses a key with %s, since its parts do not belong together", (_what, key) => {
    expect(() => parse(rsaKeyValue(key))).toThrow(notOneKey)
  })

  it("refuses PEM in which a letter was changed, since its parts do not belong together", () => {
    const at = Math.floor(pkcs1.length / 3)
    const letter = pkcs1[at] === "A" ? "B" : "A"
    expect(() => parse(pkcs1.slice(0, at) + letter + pkcs1.slice(at + 1))).toThrow(notOneKey)
  })

  // Each of these can make a regular expression go back and forth.
  const emptyPem = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"
  it.each([
    "<RSAKeyValue><D>",
    "<RSAKeyValue><!--",
    "<RSAKeyValue ",
    `<RSAKeyValue${"D".repeat(30)}`,
    "<RSAKeyValue></D   ",
    "<RSAKeyValue><D>&#1",
    "-----BEGIN PRIVATE KEY-----\n",
    `${emptyPem}  x\n`,
    emptyPem.padEnd(70),
    "\\",
    '"',
  ])("takes linear time to refuse a text that repeats %j", (text) => {
    const long = text.repeat(Math.ceil(250_000 / text.length))
    const start = performance.now()
    expect(() => parse(`<RSAKeyValue>${long}`)).toThrow(notKey)
    expect(() => parse(long)).toThrow(notKey)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})

function elementOf(name: string): RegExp {
  return new RegExp(`<${name}>[^<]*</${name}>`)
}

function modulusOf(bits: number): string {
  return Buffer.alloc(bits / 8, 0xff).toString("base64url")
}

function changedLastByte(base64url = ""): string {
  const bytes = Buffer.from(base64url, "base64url")
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  return bytes.toString("base64url")
}

function inLines(bytes: Buffer): string {
  return `\r\n${bytes.toString("base64").replace(/.{1,64}/g, "    $&\r\n")}`
}

function inReferences(bytes: Buffer): string {
  const lines = bytes.toString("base64").replace(/.{1,76}/g, "$&&#xD;\n&#10;")
  return lines.replaceAll("+", "&#x2B;")
}

function zeroFilled(bytes: Buffer): string {
  return Buffer.concat([Buffer.alloc(4), bytes]).toString("base64")
}
