import { generateKeyPairSync, sign, verify } from "node:crypto"
import { describe, expect, it } from "vitest"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { parsePrivateKey } from "../../../lib/credentials/private-key.ts"

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }).toString()

describe("the private key", () => {
  it.each([
    ["PKCS#8", pkcs8],
    ["PKCS#1", privateKey.export({ type: "pkcs1", format: "pem" }).toString()],
    ["PKCS#8 with Windows line ends", pkcs8.replaceAll("\n", "\r\n")],
    ["PKCS#8 without a last line end", pkcs8.trimEnd()],
  ])("is read from PEM: %s", (_form, text) => {
    const { version, key } = parsePrivateKey(text, "v7")
    expect(version).toBe("v7")
    const signature = sign("sha256", Buffer.from("text"), key)
    expect(verify("sha256", Buffer.from("text"), publicKey, signature)).toBe(true)
  })

  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
  const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey
  it.each([
    ["a binary secret", undefined],
    ["an empty secret", ""],
    ["other text", "the password is hunter2"],
    ["JSON around it", JSON.stringify({ private_key: pkcs8 })],
    ["line ends that were escaped", pkcs8.replaceAll("\n", "\\n")],
    ["a key that was cut", pkcs8.slice(0, 400)],
    ["a public key", publicKey.export({ type: "spki", format: "pem" }).toString()],
    [
      "an encrypted key",
      privateKey
        .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" })
        .toString(),
    ],
    ["an elliptic curve's key", ec.export({ type: "pkcs8", format: "pem" }).toString()],
    ["a key for another padding", pss.export({ type: "pkcs8", format: "pem" }).toString()],
    [".NET's XML", "<RSAKeyValue><Modulus>AQAB</Modulus></RSAKeyValue>"],
  ])("is not read from %s, and nothing of it is repeated", (_what, text) => {
    const error: unknown = attempt(text)
    expect(error).toBeInstanceOf(UnusableSecret)
    expect(error).toMatchObject({ code: "configuration_invalid", cause: undefined })
    const { message } = error as Error
    expect(message).toMatch(/it is not an RSA private key in PEM$/)
    if (text) expect(message).not.toContain(text.slice(0, 20))
  })
})

function attempt(text: string | undefined): unknown {
  try {
    return parsePrivateKey(text, "v1")
  } catch (error) {
    return error
  }
}
