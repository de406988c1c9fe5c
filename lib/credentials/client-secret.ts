import { createSecretKey } from "node:crypto"
import { ExchangeError } from "../errors.ts"
import { isPlainObject, parseJson } from "../json.ts"
import type { ClientCredentials, SealingKey } from "../ports.ts"
import { Secret } from "../secret.ts"

/** A secret that can be read but not used. The message never contains a value of it. */
export class UnusableSecret extends ExchangeError {
  constructor(why: string) {
    super("configuration_invalid", `a secret in Secrets Manager cannot be used: ${why}`)
  }
}

/**
 * Reads the secret's text: a JSON object with `client_id`, `client_secret` and, where pages may call, `sealing_keys`.
 * Throws `UnusableSecret`.
 */
export function parseClientSecret(
  text: string | undefined,
  version: string,
  needsSealingKeys: boolean,
): ClientCredentials {
  if (text === undefined) throw new UnusableSecret("it is binary, not text")
  const value = parseJson(text)
  if (!isPlainObject(value)) throw new UnusableSecret("it is not a JSON object")
  const { client_id: clientId, client_secret: clientSecret, sealing_keys: sealingKeys } = value
  if (!isText(clientId)) throw new UnusableSecret('it lacks "client_id"')
  if (!isText(clientSecret)) throw new UnusableSecret('it lacks "client_secret"')
  return {
    version,
    clientId,
    clientSecret: new Secret(clientSecret),
    sealingKeys: needsSealingKeys ? readSealingKeys(sealingKeys) : [],
  }
}

function readSealingKeys(value: unknown): SealingKey[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new UnusableSecret('it lacks "sealing_keys", which ALLOWED_ORIGINS needs')
  }
  const keys = value.map(readSealingKey)
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) {
    throw new UnusableSecret('two of its "sealing_keys" have the same "kid"')
  }
  return keys
}

function readSealingKey(value: unknown): SealingKey {
  const { kid, key } = isPlainObject(value) ? value : {}
  if (!isText(kid) || kid.length > 64)
    throw new UnusableSecret('one of its "sealing_keys" lacks a short "kid"')
  if (!isText(key) || !/^[A-Za-z0-9_-]{43}$/.test(key)) {
    throw new UnusableSecret('one of its "sealing_keys" is not 32 bytes in base64url')
  }
  return { kid, key: createSecretKey(key, "base64url") }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== ""
}
