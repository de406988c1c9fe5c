import { get as getHttp, type IncomingMessage } from "node:http"
import { get as getHttps } from "node:https"
import { text } from "node:stream/consumers"
import { isPlainObject, parseJson } from "../../lib/json.ts"

/** An issuer of tokens, by its address. */
export interface Issuer {
  /** Without a slash at its end. */
  readonly url: string
  /** PEM: the certificate of an issuer on https. */
  readonly ca?: string
}

/** A public key as an issuer publishes it. Nothing but `kid` has been checked. */
export type Jwk = Readonly<Record<string, unknown>> & { readonly kid: string }

/** How long API Gateway keeps a key set, and how long it waits for each of the two documents. */
const maxAgeMs = 2 * 60 * 60 * 1000
const documentTimeoutMs = 1500

/**
 * The key set of an issuer, which is read when it is first needed and kept for two hours. Until then no new key is known,
 * because AWS promises no read for a token with an unknown `kid`. A failed read is not kept.
 */
export function createKeySet(issuer: Issuer): (now: Date) => Promise<readonly Jwk[]> {
  let held: { readonly keys: Promise<readonly Jwk[]>; readonly readAt: Date } | undefined
  return async (now) => {
    if (held && now.getTime() - held.readAt.getTime() < maxAgeMs) return await held.keys
    const current = { keys: readKeys(issuer), readAt: now }
    held = current
    try {
      return await current.keys
    } catch (error) {
      if (held === current) held = undefined
      throw error
    }
  }
}

/** Reads where the key set is (OIDC Discovery §4), as API Gateway does when an authorizer is made. Throws without an answer. */
export async function readKeySetAddress({ url, ca }: Issuer, timeoutMs?: number): Promise<string> {
  const address = `${url}/.well-known/openid-configuration`
  const { issuer, jwks_uri } = await readDocument(address, ca, timeoutMs)
  if (issuer !== url || typeof jwks_uri !== "string")
    throw new Error(`${address} is not the metadata of ${url}`)
  return jwks_uri
}

async function readKeys(issuer: Issuer): Promise<readonly Jwk[]> {
  const address = await readKeySetAddress(issuer, documentTimeoutMs)
  const { keys } = await readDocument(address, issuer.ca, documentTimeoutMs)
  if (!Array.isArray(keys)) throw new Error(`${address} is not a key set`)
  return keys.filter(isJwk)
}

function isJwk(key: unknown): key is Jwk {
  return isPlainObject(key) && typeof key.kid === "string"
}

/** `fetch` takes no certificate of its own. */
async function readDocument(
  address: string,
  ca: string | undefined,
  timeoutMs?: number,
): Promise<Readonly<Record<string, unknown>>> {
  const get = address.startsWith("https:") ? getHttps : getHttp
  const signal = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(address, { agent: false, ca, signal }, resolve).on("error", reject)
  })
  const document = parseJson(await text(response))
  if (response.statusCode !== 200 || !isPlainObject(document))
    throw new Error(`${address} answered ${response.statusCode ?? "nothing"}`)
  return document
}
