import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { asPem } from "../../../operator/secret/pem.ts"
import { rsaKeyValue } from "../../support/rsa-key-value.ts"
import { privateKeyPem, privateKeyXml } from "../../support/system-user.ts"

const other = generateKeyPairSync("rsa", { modulusLength: 2048 })
const otherPem = String(other.privateKey.export({ type: "pkcs8", format: "pem" }))
const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

describe("a private key", () => {
  it.each([
    ["PKCS#8", privateKeyPem],
    ["XML", privateKeyXml],
    ["a certificate before it", certificate + privateKeyPem],
    ["line ends of Windows", privateKeyPem.replaceAll("\n", "\r\n")],
  ])("is stored as PEM alone: %s", (_form, text) => {
    expect(asPem(text)).toBe(privateKeyPem)
  })

  it("of PKCS#1 is stored as PKCS#8", () => {
    expect(asPem(String(other.privateKey.export({ type: "pkcs1", format: "pem" })))).toBe(otherPem)
  })

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const encrypted = { cipher: "aes-256-cbc", passphrase: "canary", format: "pem" } as const
  const publicPem = String(other.publicKey.export({ type: "spki", format: "pem" }))
  const ofOpenSsh = "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----\n"
  const isEncrypted = "the key is encrypted with a passphrase. Decrypt it: openssl pkey -in FILE"
  const isDamaged = "the private key is damaged, or is no RSA key of at least 1024 bits."

  it.each([
    ["nothing", " \n", "no private key was given."],
    ["encrypted PKCS#8", String(other.privateKey.export({ ...encrypted, type: "pkcs8" })), isEncrypted],
    ["encrypted PKCS#1", String(other.privateKey.export({ ...encrypted, type: "pkcs1" })), isEncrypted],
    ["a public key", publicPem, "this is a public key. Take the private one."],
    ["a public key in XML", rsaKeyValue(other.publicKey), "whose RSAKeyValue has an element D."],
    [
      "XML without one of its parts",
      privateKeyXml.replace(/<P>.*<\/P>/, ""),
      "the parts of the RSAKeyValue do not",
    ],
    ["a certificate", certificate, "this is a certificate, which contains no private key."],
    [
      "an EC key as SEC 1",
      String(ec.privateKey.export({ type: "sec1", format: "pem" })),
      "this is no RSA key",
    ],
    ["an EC key as PKCS#8", String(ec.privateKey.export({ type: "pkcs8", format: "pem" })), isDamaged],
    ["a damaged key", privateKeyPem.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA"), isDamaged],
    ["a key without its end", privateKeyPem.slice(0, 400), "the end of the private key is missing."],
    ["a key of OpenSSH", ofOpenSsh, "the key has OpenSSH's own format. Convert it: ssh-keygen -p -m PEM"],
    [
      "DER",
      other.privateKey.export({ type: "pkcs8", format: "der" }).toString("utf8"),
      "this is binary, such as PKCS#12 or DER. Convert it: openssl pkcs12",
    ],
    [
      "something else",
      JSON.stringify({ client_id: "canary" }),
      "this is neither a PEM (PKCS#8 or PKCS#1) nor",
    ],
  ])("is not %s, and the sentence quotes nothing of it", (_what, text, sentence) => {
    expect(() => asPem(text)).toThrow(sentence)
    expect(() => asPem(text)).toThrow(/^Nothing was changed: (?!.*(canary|MII))/)
  })
})
