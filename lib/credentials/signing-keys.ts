import { createPrivateKey, type KeyObject } from "node:crypto"
import { isPlainObject } from "../json.ts"
import type { SigningKey, SigningKeys } from "../ports.ts"
import { parseSecretJson, readKeyList, UnusableSecret } from "./client-secret.ts"
import { isConsistent } from "./rsa-key.ts"

/**
 * Reads the secret with our signing keys: a JSON object with `signing_keys`, a list of `{ "kid", "key" }`. A key is an RSA
 * private key of 2048 bits, as PKCS#8 in base64url. The first signs, and all are published.
 *
 * Throws `UnusableSecret`.
 */
export function parseSigningKeys(text: string | undefined): SigningKeys {
  const value = parseSecretJson(text ?? "")
  if (!isPlainObject(value)) throw new UnusableSecret("it is not a JSON object")
  return readKeyList(value.signing_keys, "signing_keys", readSigningKey)
}

function readSigningKey(kid: string, text: string): SigningKey {
  const key = readPkcs8(text)
  const { modulusLength } = key?.asymmetricKeyDetails ?? {}
  if (key?.asymmetricKeyType !== "rsa" || modulusLength !== 2048 || !isConsistent(key)) {
    throw new UnusableSecret(
      'one of its "signing_keys" is not an RSA private key of 2048 bits, as PKCS#8 in base64url',
    )
  }
  return { kid, key }
}

/** The error of the parser is dropped, because it may quote what it was given. */
function readPkcs8(text: string): KeyObject | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined
  try {
    return createPrivateKey({ key: Buffer.from(text, "base64url"), format: "der", type: "pkcs8" })
  } catch {
    return undefined
  }
}
