import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import { asPem } from "../../../operator/secret/pem.ts"
import { rsaKeyValue } from "../../support/rsa-key-value.ts"
import { privateKeyPem, privateKeyXml } from "../../support/system-user.ts"

const other = generateKeyPairSync("rsa", { modulusLength: 2048 })
const otherPem = String(other.privateKey.export({ type: "pkcs8", format: "pem" }))

describe("a private key", () => {
  const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

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
  const publicXml = rsaKeyValue(other.publicKey)
  const damage = "the private key is damaged, or is no RSA key of at least 1024 bits. Copy all of it again."
  const passphrase =
    "the key is encrypted with a passphrase. Decrypt it: openssl pkey -in FILE -out decrypted.pem."

  it.each([
    ["nothing", " \n", "no private key was given."],
    ["encrypted PKCS#8", String(other.privateKey.export({ ...encrypted, type: "pkcs8" })), passphrase],
    ["encrypted PKCS#1", String(other.privateKey.export({ ...encrypted, type: "pkcs1" })), passphrase],
    [
      "a public key",
      String(other.publicKey.export({ type: "spki", format: "pem" })),
      "this is a public key. Take the private one.",
    ],
    [
      "a public key in XML",
      publicXml,
      "this is a public key. Take the private one, whose RSAKeyValue has an element D.",
    ],
    [
      "XML without one of its parts",
      privateKeyXml.replace(/<P>.*<\/P>/, ""),
      "the parts of the RSAKeyValue do not belong together, or one is missing. Copy all of it again.",
    ],
    [
      "a certificate",
      certificate,
      "this is a certificate, which contains no private key. Take the key that was made with it.",
    ],
    [
      "an EC key as SEC 1",
      String(ec.privateKey.export({ type: "sec1", format: "pem" })),
      "this is no RSA key, but SuperOffice verifies only RSA signatures.",
    ],
    ["an EC key as PKCS#8", String(ec.privateKey.export({ type: "pkcs8", format: "pem" })), damage],
    ["a damaged key", privateKeyPem.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA"), damage],
    [
      "a key without its end",
      privateKeyPem.slice(0, 400),
      "the end of the private key is missing. Copy all of it, with the lines BEGIN and END.",
    ],
    [
      "a key of OpenSSH",
      "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----\n",
      "the key has OpenSSH's own format. Convert it: ssh-keygen -p -m PEM -f FILE.",
    ],
    [
      "DER",
      other.privateKey.export({ type: "pkcs8", format: "der" }).toString("utf8"),
      "this is binary, such as PKCS#12 or DER. Convert it: openssl pkcs12 -in FILE -nocerts -nodes, or openssl pkey -inform der -in FILE.",
    ],
    [
      "something else",
      JSON.stringify({ client_id: "canary" }),
      "this is neither a PEM (PKCS#8 or PKCS#1) nor an RSAKeyValue in XML.",
    ],
  ])("is not %s", (_what, text, sentence) => {
    expect(() => asPem(text)).toThrow(new Error(`Nothing was changed: ${sentence}`))
  })
})
