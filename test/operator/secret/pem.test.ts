import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { describe, expect, it } from "vitest"
import { asPem } from "../../../operator/secret/pem.ts"
import { rsaKeyValue } from "../../support/rsa-key-value.ts"
import { privateKeyPem, privateKeyXml } from "../../support/system-user.ts"

const other = generateKeyPairSync("rsa", { modulusLength: 2048 })
const inPem = (key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1", encrypted = {}) =>
  String(key.export({ type, format: "pem", ...encrypted }))
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
    expect(asPem(inPem(other.privateKey, "pkcs1"))).toBe(inPem(other.privateKey, "pkcs8"))
  })

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const encrypted = { cipher: "aes-256-cbc", passphrase: "canary" }
  const der = other.privateKey.export({ type: "pkcs8", format: "der" })
  const publicPem = String(other.publicKey.export({ type: "spki", format: "pem" }))
  const ofOpenSsh = "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----\n"
  const isEncrypted = "the key is encrypted with a passphrase. Decrypt it: openssl pkey"
  const isDamaged = "the private key is damaged, or is no RSA key of at least 1024 bits."

  it.each([
    ["nothing", " \n", "no private key was given."],
    ["encrypted PKCS#8", inPem(other.privateKey, "pkcs8", encrypted), isEncrypted],
    ["encrypted PKCS#1", inPem(other.privateKey, "pkcs1", encrypted), isEncrypted],
    ["a public key", publicPem, "this is a public key. Take the private one."],
    ["a public key in XML", rsaKeyValue(other.publicKey), "whose RSAKeyValue has an element D."],
    ["XML without a part", privateKeyXml.replace(/<P>.*<\/P>/, ""), "the parts of the RSAKeyValue do not"],
    ["a certificate", certificate, "this is a certificate, which contains no private key."],
    ["an EC key as SEC 1", inPem(ec.privateKey, "sec1"), "this is no RSA key"],
    ["an EC key as PKCS#8", inPem(ec.privateKey, "pkcs8"), isDamaged],
    ["a damaged key", privateKeyPem.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA"), isDamaged],
    ["a key without its end", privateKeyPem.slice(0, 400), "the end of the private key is missing."],
    ["a key of OpenSSH", ofOpenSsh, "Convert it: ssh-keygen -p -m PEM"],
    ["DER", der.toString("utf8"), "this is binary, such as PKCS#12 or DER. Convert it: openssl pkcs12"],
    ["something else", JSON.stringify({ client_id: "canary" }), "this is neither a PEM"],
  ])("is not %s, and the sentence quotes nothing of it", (_what, text, sentence) => {
    expect(() => asPem(text)).toThrow(sentence)
    expect(() => asPem(text)).toThrow(/^Nothing was changed: (?!.*(canary|MII))/)
  })
})
