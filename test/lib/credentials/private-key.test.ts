import { generateKeyPairSync, sign, verify, type JsonWebKey } from "node:crypto"
import { describe, expect, it } from "vitest"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { parsePrivateKey } from "../../../lib/credentials/private-key.ts"
import { rsaKeyValue } from "../../support/rsa-key-value.ts"

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
const pkcs1 = privateKey.export({ type: "pkcs1", format: "pem" }).toString()
const xml = rsaKeyValue(privateKey)
const jwk = privateKey.export({ format: "jwk" })
const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" })

const bom = "\ufeff"
const declaration = '<?xml version="1.0" encoding="utf-8"?>'

const notKey =
  "it is not an RSA private key: an unencrypted PEM (PKCS#8 or PKCS#1) or RSAKeyValue XML with all its parts"
const notOneKey = "the parts of its RSA key do not belong together: store the PEM or RSAKeyValue XML again"

describe("the private key", () => {
  it.each([
    ["PKCS#8", pkcs8],
    ["PKCS#1", pkcs1],
    ["with Windows line ends", pkcs8.replaceAll("\n", "\r\n")],
    ["without a last line end", pkcs8.trimEnd()],
    ["with escaped line ends", pkcs8.replaceAll("\n", "\\n")],
    ["with escaped Windows line ends", pkcs1.replaceAll("\n", "\\r\\n")],
    ["with line ends that were escaped twice", pkcs8.replaceAll("\n", "\\\\n")],
    ["behind a byte order mark", bom + pkcs8],
    ["with white space around it", `\n \t\u00a0${pkcs8}\r\n  `],
    ["in one line with spaces", pkcs8.trimEnd().replaceAll("\n", " ")],
    ["in one line without spaces between its lines", pkcs1.replaceAll("\n", "")],
    ["with white space before each line", pkcs8.replace(/\n(?!-)/g, "\n    ")],
    ["as a JSON string", JSON.stringify(pkcs8)],
    ["as a JSON string of one line", JSON.stringify(pkcs8.replaceAll("\n", " "))],
    ["as a JSON string of escaped text", ` ${JSON.stringify(pkcs8.replaceAll("\n", "\\n"))}\n`],
    ["as a JSON string behind a byte order mark", bom + JSON.stringify(bom + pkcs1)],
    ["as .NET writes a JSON string", JSON.stringify(pkcs8).replaceAll("+", "\\u002B")],
    ["in quotes, with real line ends", `"${pkcs8}"`],
    ["behind explanatory text (RFC 7468 §2)", `Bag Attributes\n    localKeyID: 01\n${pkcs8}`],
    ["behind its public half", publicKey.export({ type: "spki", format: "pem" }).toString() + pkcs8],
  ])("is read from PEM: %s", (_form, text) => {
    expectToSign(text)
  })

  it.each([
    ["as .NET writes it", xml],
    ["behind an XML declaration", `${declaration}\n${xml}`],
    ["behind a byte order mark and a declaration", bom + declaration + xml],
    ["with white space around it", `\r\n\t${xml}\n`],
    ["with its elements on lines of their own", xml.replaceAll("><", ">\n  <")],
    ["with its base64 in lines", rsaKeyValue(privateKey, { write: inLines })],
    ["with its base64 in lines whose ends are references", rsaKeyValue(privateKey, { write: inReferences })],
    ["with its elements in another order", rsaKeyValue(privateKey, { order: (names) => names.toReversed() })],
    ["with leading zero bytes", rsaKeyValue(privateKey, { write: zeroFilled })],
    [
      "with an attribute",
      xml.replace("<RSAKeyValue>", '<RSAKeyValue xmlns="http://www.w3.org/2000/09/xmldsig#">'),
    ],
    [
      "with attributes and spaces in its tags",
      xml.replaceAll("<D>", "<D\n encoding = 'base64' >").replaceAll("</D>", "</D >"),
    ],
    ["with a prefix", xml.replace(/<(\/?)/g, "<$1ds:")],
    ["in a document of XML", `<ds:KeyInfo Id="k"><ds:KeyValue>${xml}</ds:KeyValue></ds:KeyInfo>`],
    ["beside elements that are not its own", `<a><b>1</b><b>2</b><constructor>3</constructor>${xml}</a>`],
    ["with comments", xml.replace("<D>", "<!-- <D>old</D> --><D><!-- the exponent -->")],
    ["with CDATA", xml.replace("<D>", "<D><![CDATA[").replace("</D>", "]]></D>")],
    ["with escaped line ends", xml.replaceAll("><", ">\\r\\n<")],
    ["as a JSON string", JSON.stringify(`${declaration}\r\n${xml}`)],
    [
      "as .NET writes a JSON string",
      JSON.stringify(xml).replaceAll("<", "\\u003C").replaceAll("+", "\\u002B"),
    ],
  ])("is read from SuperOffice's XML: %s", (_form, text) => {
    expectToSign(text)
  })

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
  const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey
  const small = generateKeyPairSync("rsa", { modulusLength: 512 }).privateKey
  it.each([
    ["a binary secret", undefined],
    ["an empty secret", ""],
    ["white space", " \n"],
    ["a quote", '"'],
    ["other text", "the password is hunter2"],
    ["JSON around it", JSON.stringify({ private_key: pkcs8 })],
    ["JSON around XML", JSON.stringify({ private_key: xml })],
    ["a key that was cut", pkcs8.slice(0, 400)],
    ["a key that lacks a line", pkcs8.split("\n").toSpliced(5, 1).join("\n")],
    ["a key with a character that is not base64", pkcs8.replace(/\n(?=M)/, "\n*")],
    ["a key between different names", pkcs1.replace("END RSA", "END")],
    ["a public key", publicKey.export({ type: "spki", format: "pem" }).toString()],
    [
      "an encrypted key",
      privateKey
        .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" })
        .toString(),
    ],
    [
      "an encrypted key of PKCS#1",
      privateKey
        .export({ type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" })
        .toString(),
    ],
    ["an elliptic curve's key", ec.export({ type: "pkcs8", format: "pem" }).toString()],
    ["a key for another padding", pss.export({ type: "pkcs8", format: "pem" }).toString()],
    ["a key that is too short to sign with", small.export({ type: "pkcs8", format: "pem" }).toString()],
    ["XML of the public half", rsaKeyValue(publicKey)],
    ...["Modulus", "Exponent", "D", "P", "Q", "DP", "DQ", "InverseQ"].flatMap((name): [string, string][] => [
      [`XML without ${name}`, xml.replace(elementOf(name), "")],
      [`XML with an empty ${name}`, xml.replace(elementOf(name), `<${name}></${name}>`)],
      [`XML with two of ${name}`, xml.replace(elementOf(name), "$&$&")],
    ]),
    ["XML with a member that is not base64", xml.replace("<D>", "<D>!")],
    ["XML with an element in a member", xml.replace("<D>", "<D><b>AQAB</b>")],
    ["XML with a reference to no character", xml.replace("<D>", "<D>&#x7fffffff;")],
    ["XML that was cut", xml.slice(0, xml.indexOf("<D>") + 20)],
    ["XML whose comment has no end", xml.replace("<D>", "<!--<D>")],
    ["XML of a DSA key", xml.replaceAll("RSAKeyValue", "DSAKeyValue")],
  ])("is not read from %s, and nothing of it is repeated", (_what, text) => {
    expectRefusal(text, notKey)
  })

  it.each([
    ...(["n", "e", "d", "p", "q", "dp", "dq", "qi"] as const).map((name): [string, JsonWebKey] => [
      `"${name}" of another key`,
      { ...jwk, [name]: name === "e" ? "Aw" : other[name] },
    ]),
    ["its two primes exchanged", { ...jwk, ...(jwk.p && jwk.q && { p: jwk.q, q: jwk.p }) }],
    ["a prime of 1", { ...jwk, p: "AQ" }],
    ["a prime of 0", { ...jwk, q: "AA" }],
    ["a d that is even", { ...jwk, d: changedLastByte(jwk.d) }],
  ])("is refused with %s, since its parts do not belong together", (_what, key) => {
    expectRefusal(rsaKeyValue(key), notOneKey)
  })

  it("is refused in PEM, too, when a letter of it was changed", () => {
    const at = Math.floor(pkcs1.length / 3)
    const letter = pkcs1[at] === "A" ? "B" : "A"
    expectRefusal(pkcs1.slice(0, at) + letter + pkcs1.slice(at + 1), notOneKey)
  })

  it.each([
    ["an opening tag", "<RSAKeyValue><D>"],
    ["an opening comment", "<RSAKeyValue><!--"],
    ["a tag that never ends", "<RSAKeyValue "],
    ["a name that never ends", `<RSAKeyValue${"D".repeat(30)}`],
    ["a closing tag", "<RSAKeyValue></D   "],
    ["the beginning of a PEM", "-----BEGIN PRIVATE KEY-----\n"],
    ["a PEM without a key", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----  x\n"],
    ["a backslash", "\\"],
    ["a space", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----".padEnd(70)],
    ["a quote", '"'],
    ["a character reference", "<RSAKeyValue><D>&#1"],
  ])("takes no time to be refused when %s is repeated", (_what, text) => {
    const long = text.repeat(Math.ceil(1_000_000 / text.length))
    const start = performance.now()
    expectRefusal(`<RSAKeyValue>${long}`, notKey)
    expectRefusal(long, notKey)
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})

function expectToSign(text: string): void {
  const { version, key } = parsePrivateKey(text, "v7")
  expect(version).toBe("v7")
  const signature = sign("sha256", Buffer.from("text"), key)
  expect(verify("sha256", Buffer.from("text"), publicKey, signature)).toBe(true)
}

function expectRefusal(text: string | undefined, why: string): void {
  const error: unknown = attempt(text)
  expect(error).toBeInstanceOf(UnusableSecret)
  expect(error).toMatchObject({
    code: "configuration_invalid",
    message: `a secret in Secrets Manager cannot be used: ${why}`,
    cause: undefined,
  })
}

function attempt(text: string | undefined): unknown {
  try {
    return parsePrivateKey(text, "v1")
  } catch (error) {
    return error
  }
}

function elementOf(name: string): RegExp {
  return new RegExp(`<${name}>[^<]*</${name}>`)
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
  return bytes
    .toString("base64")
    .replace(/.{1,76}/g, "$&&#xD;\n&#10;")
    .replaceAll("+", "&#x2B;")
}

function zeroFilled(bytes: Buffer): string {
  return Buffer.concat([Buffer.alloc(4), bytes]).toString("base64")
}
