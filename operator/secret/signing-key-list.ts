import { generateKeyPair } from "node:crypto"
import { promisify } from "node:util"
import { parseKeyList, parseSecretJson } from "../../lib/credentials/client-secret.ts"
import { parseSigningKeys } from "../../lib/credentials/signing-keys.ts"
import { isPlainObject } from "../../lib/json.ts"
import { makeKeyId, type SecretDocument } from "./document.ts"

/** One element of `signing_keys`. The first key signs; every key is published. The functions read `kid` and `key` alone. */
export interface StoredSigningKey {
  readonly kid: string
  readonly key: string
  /** When the key was published (ISO 8601). */
  readonly published_at: string
  /** When another key began to sign in its place (ISO 8601). A key that has never signed has none. */
  readonly stopped_at?: string | undefined
}

export type SigningKeys = readonly StoredSigningKey[]

/** The secret with the signing keys. Unknown members are kept. */
export interface SigningKeyDocument {
  readonly document: SecretDocument
  readonly keys: SigningKeys
}

const hourMs = 3_600_000

/** API Gateway keeps a key set for two hours, and the copy that it then gets may be an hour old. */
export const knownAfterHours = 3

/** How long a function may go on with a copy of the secret, beside the lifetime of the tokens. */
const unusedAfterHours = 1

/**
 * Reads the secret as the functions do, and throws their error. `versionAt` is when the version was stored: a key that does not
 * say when it was published, because somebody wrote it by hand, was published then at the latest.
 */
export function readSigningKeys(text: string | undefined, versionAt: Date = new Date()): SigningKeyDocument {
  parseSigningKeys(text)
  const document = parseSecretJson(text ?? "") as SecretDocument
  const list = parseKeyList(document.signing_keys) as readonly Readonly<Record<string, unknown>>[]
  const keys = list.map((entry, index) => {
    const { stopped_at: stoppedAt, ...others } = entry
    const hasStopped = index > 0 && stoppedAt !== undefined
    return {
      ...(others as unknown as StoredSigningKey),
      published_at: readTime(entry.published_at, versionAt),
      ...(hasStopped && { stopped_at: readTime(stoppedAt, versionAt) }),
    }
  })
  return { document, keys }
}

/** The document of a secret that is for signing keys, and has none yet. Undefined for every other text. */
export function readWithoutKeys(text: string | undefined): SigningKeyDocument | undefined {
  const document = parseSecretJson(text ?? "")
  if (!isPlainObject(document)) return undefined
  const { signing_keys: member } = document
  const list = member === "" || member === null ? [] : parseKeyList(member)
  const isEmpty =
    "signing_keys" in document ? Array.isArray(list) && list.length === 0 : isEmptyObject(document)
  return isEmpty ? { document, keys: [] } : undefined
}

/** Makes an RSA key of 2048 bits, with an id that none of the others has. */
export async function makeSigningKey(others: SigningKeys): Promise<StoredSigningKey> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })
  const key = privateKey.export({ format: "der", type: "pkcs8" }).toString("base64url")
  const now = new Date()
  let kid = makeKeyId(now)
  while (others.some((other) => other.kid === kid)) kid = makeKeyId(now)
  return { kid, key, published_at: now.toISOString() }
}

/** A key that has never signed, as far as the secret says. */
export function isInReserve(key: StoredSigningKey, keys: SigningKeys): boolean {
  return key !== keys[0] && key.stopped_at === undefined
}

/** From when on every verifier knows the key. */
export function knownFrom({ published_at: publishedAt }: StoredSigningKey): Date {
  return new Date(Date.parse(publishedAt) + knownAfterHours * hourMs)
}

/** From when on every token that the key signed has expired. Undefined for a key that has not stopped signing. */
export function unusedFrom(
  { stopped_at: stoppedAt }: StoredSigningKey,
  tokenSeconds: number,
): Date | undefined {
  if (stoppedAt === undefined) return undefined
  return new Date(Date.parse(stoppedAt) + unusedAfterHours * hourMs + tokenSeconds * 1_000)
}

/** Puts a key first, so that it signs. */
export function withSigner(keys: SigningKeys, signer: StoredSigningKey): StoredSigningKey[] {
  return [{ ...signer, stopped_at: undefined }, ...keys.filter((key) => key !== signer)]
}

/** What signs in place of a key that leaked: a reserve that verifiers know, or the key that they have known longest. */
export function successorIn(others: SigningKeys, now: Date): StoredSigningKey | undefined {
  const known = others.find((key) => key.stopped_at === undefined && knownFrom(key) <= now)
  const [oldest] = others.toSorted((a, b) => Date.parse(a.published_at) - Date.parse(b.published_at))
  return known ?? oldest
}

function readTime(value: unknown, otherwise: Date): string {
  const isTime = typeof value === "string" && !Number.isNaN(Date.parse(value))
  return (isTime ? new Date(value) : otherwise).toISOString()
}

function isEmptyObject(value: object): boolean {
  return Object.keys(value).length === 0
}
