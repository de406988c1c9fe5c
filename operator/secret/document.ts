import { randomBytes } from "node:crypto"
import { parseClientSecret, parseSealingKeys, parseSecretJson } from "../../lib/credentials/client-secret.ts"
import { ExchangeError } from "../../lib/errors.ts"
import { isPlainObject } from "../../lib/json.ts"
import { CommandFailure } from "../failure.ts"

/** The secret's JSON object. Unknown members are kept. */
export type SecretDocument = Readonly<Record<string, unknown>>

/** One element of `sealing_keys`. The first key seals; every key opens. */
export interface StoredSealingKey {
  readonly kid: string
  readonly key: string
}

/** Parses the secret's text. Throws `CommandFailure` if it is not a JSON object. */
export function readDocument(text: string | undefined): SecretDocument {
  const value = text === undefined ? undefined : parseSecretJson(text)
  if (isPlainObject(value)) return value
  throw new CommandFailure("The secret's value is not a JSON object, so nothing in it can be changed.")
}

/** Serializes the document. Throws `CommandFailure` if the functions could not use it. */
export function writeDocument(document: SecretDocument): string {
  const problem = problemOf(document)
  if (problem === undefined) return JSON.stringify(document)
  throw new CommandFailure(`Nothing was changed, because the functions would reject the secret: ${problem}.`)
}

/** The error that the functions would report for the secret; undefined if they can use it. */
export function problemOf(document: SecretDocument): string | undefined {
  try {
    parseClientSecret(JSON.stringify(document), "", "sealing_keys" in document)
    return undefined
  } catch (error) {
    if (error instanceof ExchangeError) return error.message
    throw error
  }
}

/**
 * The ids of the sealing keys; the first one seals. Throws `CommandFailure` if `sealing_keys` is not a list of keys.
 */
export function sealingKeyIds(document: SecretDocument): string[] {
  return sealingKeysOf(document).map(({ kid }) => kid)
}

/** Puts a new key first, so that it seals. The other keys still open. */
export function withSealingKey(document: SecretDocument, key: StoredSealingKey): SecretDocument {
  return { ...document, sealing_keys: [key, ...sealingKeysOf(document)] }
}

export function withoutSealingKey(document: SecretDocument, kid: string): SecretDocument {
  return { ...document, sealing_keys: sealingKeysOf(document).filter((key) => key.kid !== kid) }
}

/**
 * Makes a key of 32 random bytes. The id is the date and a random suffix: it must be unique, because a cached copy of
 * the secret may still contain older keys.
 */
export function makeSealingKey(now = new Date()): StoredSealingKey {
  const day = now.toISOString().slice(0, 10)
  return { kid: `${day}-${randomBytes(2).toString("hex")}`, key: randomBytes(32).toString("base64url") }
}

function sealingKeysOf({ sealing_keys: member = [] }: SecretDocument): StoredSealingKey[] {
  const keys = parseSealingKeys(member)
  if (Array.isArray(keys) && keys.every(isSealingKey)) return keys
  throw new CommandFailure('"sealing_keys" in the secret is not a list of keys with an id each.')
}

function isSealingKey(value: unknown): value is StoredSealingKey {
  return isPlainObject(value) && typeof value.kid === "string" && typeof value.key === "string"
}
