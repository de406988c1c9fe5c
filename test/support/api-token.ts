import { generateKeyPairSync, type KeyObject } from "node:crypto"
import { ExchangeError } from "../../lib/errors.ts"
import { parseSigningKeys } from "../../lib/credentials/signing-keys.ts"
import type { Ports, SigningKeys } from "../../lib/ports.ts"
import { signedAt } from "../../harness/id-tokens.ts"
import { completeEnv } from "./front-door.ts"

/** A deployment with tokens for the partner's own API. */
export const apiTokenEnv = {
  ...completeEnv,
  API_TOKEN_AUDIENCE: "https://api.example.com",
  API_TOKEN_ISSUER: "https://login.example.com",
  API_TOKEN_KEYS_SECRET_ID: "superoffice/sod-signing-keys",
} as const

/** One key of the secret with the signing keys, as its text has it. */
export interface StoredKey {
  readonly kid: string
  readonly key: string
}

export function makeStoredKey(kid: string, modulusLength = 2048): StoredKey {
  return { kid, key: storedKey(generateKeyPairSync("rsa", { modulusLength }).privateKey) }
}

/** PKCS#8 in base64url. */
export function storedKey(key: KeyObject): string {
  return key.export({ format: "der", type: "pkcs8" }).toString("base64url")
}

export function secretText(...keys: readonly unknown[]): string {
  return JSON.stringify({ signing_keys: keys })
}

export const storedKeys = [makeStoredKey("api-1"), makeStoredKey("api-2")] as const

export const signingKeys: SigningKeys = parseSigningKeys(secretText(...storedKeys))

/** The port for these keys, or one that fails. */
export function signingKeysPort(keys: SigningKeys | ExchangeError = signingKeys): Ports["signingKeys"] {
  return () =>
    keys instanceof ExchangeError
      ? Promise.reject(keys)
      : Promise.resolve({ value: keys, stale: false, readAt: signedAt })
}
