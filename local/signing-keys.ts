import { generateKeyPair } from "node:crypto"
import { promisify } from "node:util"

/** The name of the secret with the signing keys in the local Secrets Manager. */
export const signingKeysSecretId = "superoffice/local-signing-keys"

/** Two keys for all stacks of a process, because making them takes a while. */
let text: Promise<string> | undefined

/** The text of a secret with two signing keys: the first signs, and the other is in reserve. */
export function signingKeysText(): Promise<string> {
  return (text ??= makeText())
}

async function makeText(): Promise<string> {
  const signing_keys = await Promise.all(["local-1", "local-2"].map(makeSigningKey))
  return JSON.stringify({ signing_keys })
}

/** Makes a key as `signing_keys` holds it: PKCS#8 in base64url. */
export async function makeSigningKey(kid: string): Promise<{ readonly kid: string; readonly key: string }> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { format: "der", type: "spki" },
    privateKeyEncoding: { format: "der", type: "pkcs8" },
  })
  return { kid, key: privateKey.toString("base64url") }
}
