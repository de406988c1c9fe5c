import { createSecretKey } from "node:crypto"
import { ExchangeError } from "../errors.ts"
import { isPlainObject, parseJson } from "../json.ts"
import type { ClientCredentials, SealingKey } from "../ports.ts"
import { Secret } from "../secret.ts"
import { parseExpiry } from "./expiry.ts"

/** A secret that can be read but not used. The message never contains a value of it. */
export class UnusableSecret extends ExchangeError {
  constructor(why: string) {
    super("configuration_invalid", `a secret in Secrets Manager cannot be used: ${why}`)
  }
}

/**
 * Reads the secret's text: a JSON object with `client_id`, `client_secret`, where pages may call `sealing_keys`, and, if its
 * operator wants to be told in time, `client_secret_expires`.
 *
 * Throws `UnusableSecret`, also for credentials that SuperOffice would only reject: a code would be spent to learn it.
 */
export function parseClientSecret(
  text: string | undefined,
  version: string,
  needsSealingKeys: boolean,
): ClientCredentials {
  if (text === undefined) throw new UnusableSecret("it is binary, not text")
  const value = parseSecretJson(text)
  if (!isPlainObject(value)) throw new UnusableSecret("it is not a JSON object")
  const { client_id: clientId, client_secret: clientSecret, sealing_keys: sealingKeys } = value
  const { client_secret_expires: expires } = value
  return {
    version,
    clientId: readCredential(clientId, "client_id"),
    clientSecret: new Secret(readCredential(clientSecret, "client_secret")),
    sealingKeys: needsSealingKeys ? readSealingKeys(sealingKeys) : [],
    expires: parseExpiry(expires),
  }
}

/** Parses JSON of a secret, as `parseJson` does, but passes over a byte order mark. */
export function parseSecretJson(text: string): unknown {
  return parseJson(text.trim())
}

/** A member that is a list of keys. It may be the text of its JSON, because the console's key/value form stores only text. */
export function parseKeyList(member: unknown): unknown {
  return typeof member === "string" ? parseSecretJson(member) : member
}

/**
 * Reads a list of `{ "kid", "key" }`, at least one and each with a `kid` of its own. Throws `UnusableSecret`, for an empty list
 * with the sentence `lack`.
 */
export function readKeyList<Key>(
  member: unknown,
  name: string,
  readKey: (kid: string, key: string) => Key,
  lack = `it lacks "${name}"`,
): readonly [Key, ...Key[]] {
  const kids = new Set<string>()
  const list: unknown = parseKeyList(member)
  const [first, ...others] = (Array.isArray(list) ? (list as unknown[]) : []).map((entry) => {
    const { kid, key } = isPlainObject(entry) ? entry : {}
    if (!isText(kid) || kid.length > 64) throw new UnusableSecret(`one of its "${name}" lacks a short "kid"`)
    if (kids.has(kid)) throw new UnusableSecret(`two of its "${name}" have the same "kid"`)
    kids.add(kid)
    return readKey(kid, isText(key) ? key : "")
  })
  if (first === undefined) throw new UnusableSecret(lack)
  return [first, ...others]
}

/** `\p{Cf}` are invisible characters, such as U+200B, which are pasted from pages; `\p{Cc}` are control characters. */
function readCredential(value: unknown, name: string): string {
  if (!isText(value)) throw new UnusableSecret(`it lacks "${name}"`)
  if (/^[\s\p{Cf}]|[\s\p{Cf}]$/u.test(value)) {
    throw new UnusableSecret(`its "${name}" begins or ends with white space or an invisible character`)
  }
  if (/\p{Cc}/u.test(value)) throw new UnusableSecret(`its "${name}" contains a control character`)
  // RFC 6749 appendix A allows a space too, but SuperOffice's values have none.
  if (!/^[!-~]+$/.test(value)) {
    throw new UnusableSecret(`its "${name}" contains a space or a character outside ASCII`)
  }
  return value
}

function readSealingKeys(member: unknown): readonly SealingKey[] {
  const lack = 'it lacks "sealing_keys", which ALLOWED_ORIGINS needs'
  return readKeyList(member, "sealing_keys", readSealingKey, lack)
}

function readSealingKey(kid: string, key: string): SealingKey {
  if (!/^[A-Za-z0-9_-]{43}$/.test(key)) {
    throw new UnusableSecret('one of its "sealing_keys" is not 32 bytes in base64url')
  }
  return { kid, key: createSecretKey(key, "base64url") }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== ""
}
