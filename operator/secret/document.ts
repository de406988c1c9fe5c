import { randomBytes } from "node:crypto"
import { parseClientSecret, parseKeyList, parseSecretJson } from "../../lib/credentials/client-secret.ts"
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
  throw new CommandFailure(
    "The secret's value is not a JSON object, so nothing in it can be changed. If this is the right secret, store {} in it " +
      "(aws secretsmanager put-secret-value --secret-string '{}'), and then run replace --client-id ID.",
  )
}

/**
 * The error that the functions would report for the secret; undefined if they can use it. `hasPages` tells whether they need
 * sealing keys, if that is known.
 */
export function problemOf(
  document: SecretDocument,
  hasPages: boolean = "sealing_keys" in document,
): string | undefined {
  try {
    parseClientSecret(JSON.stringify(document), "", hasPages)
    return undefined
  } catch (error) {
    if (error instanceof ExchangeError) return error.message
    throw error
  }
}

/**
 * The ids of the sealing keys; the first one seals. Undefined if `sealing_keys` is not a list of keys, so that nothing can be
 * opened with them.
 */
export function sealingKeyIds(document: SecretDocument): string[] | undefined {
  return sealingKeysOf(document)?.map(({ kid }) => kid)
}

/** Puts a new key first, so that it seals. The other keys still open. */
export function withSealingKey(document: SecretDocument, key: StoredSealingKey): SecretDocument {
  return { ...document, sealing_keys: [key, ...(sealingKeysOf(document) ?? [])] }
}

export function withoutSealingKey(document: SecretDocument, kid: string): SecretDocument {
  return { ...document, sealing_keys: sealingKeysOf(document)?.filter((key) => key.kid !== kid) }
}

/** Makes a key of 32 random bytes. */
export function makeSealingKey(): StoredSealingKey {
  return { kid: makeKeyId(), key: randomBytes(32).toString("base64url") }
}

/** The date and a random suffix: an id must be unique, because a cached copy of the secret may still contain older keys. */
export function makeKeyId(now = new Date()): string {
  return `${now.toISOString().slice(0, 10)}-${randomBytes(2).toString("hex")}`
}

function sealingKeysOf({ sealing_keys: member }: SecretDocument): StoredSealingKey[] | undefined {
  const isAbsent = member === undefined || member === null || member === ""
  const keys = isAbsent ? [] : parseKeyList(member)
  return Array.isArray(keys) && keys.every(isSealingKey) ? keys : undefined
}

function isSealingKey(value: unknown): value is StoredSealingKey {
  return isPlainObject(value) && typeof value.kid === "string" && typeof value.key === "string"
}
