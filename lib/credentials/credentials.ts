import { ExchangeError, requestInvalid } from "../errors.ts"
import type { Cache, ClientCredentials, Freshness, PrivateKey, SigningKey } from "../ports.ts"
import { ask } from "../request/ask.ts"
import type { RequestContext } from "../request/context.ts"
import { isSealedByUnknownKey } from "../session/seal.ts"
import { UnusableSecret } from "./client-secret.ts"
import { warnOfExpiry } from "./expiry.ts"

/**
 * Fetches our credentials. OAuth client libraries send a `client_id`: throws `request_invalid` when it is that of another
 * application.
 */
export async function fetchCredentials(
  clientId: string | undefined,
  context: RequestContext,
): Promise<ClientCredentials> {
  const credentials = await ask("secret", context.ports.credentials, "cached", context)
  warnOfExpiry(credentials, context)
  context.requestLog.note({ secretVersion: credentials.version })
  if (clientId !== undefined && clientId !== credentials.clientId) {
    throw requestInvalid('"client_id" must be the one of this service, or left out.')
  }
  return credentials
}

/** Fetches the key that signs tokens for the partner's own API. */
export async function fetchSigningKey(context: RequestContext): Promise<SigningKey> {
  const [key] = await ask("secret", context.ports.signingKeys, "cached", context)
  return key
}

/** The credentials to open sealed values with. */
export interface CredentialsToOpen {
  readonly credentials: ClientCredentials
  /**
   * Whether they have the key that sealed a value. `unknown` when the secret could not be read again just now, `retired` when
   * it was and does not have the key: nobody will open the value any more.
   */
  readonly sealingKeyOf: (sealed: string) => "known" | "unknown" | "retired"
}

/**
 * Fetches the credentials to open sealed values with. After a rotation, other environments may already seal with the new
 * key: if we do not know the key id, reads the secret again. These reads have a limit of their own, so that an old cookie
 * cannot use up the reads that a replaced client secret needs.
 */
export async function credentialsToOpen(
  sealed: readonly string[],
  credentials: ClientCredentials,
  context: RequestContext,
): Promise<CredentialsToOpen> {
  const result = (toOpen: ClientCredentials, without: "unknown" | "retired"): CredentialsToOpen => ({
    credentials: toOpen,
    sealingKeyOf: (value) => (isSealedByUnknownKey(value, toOpen.sealingKeys) ? without : "known"),
  })
  if (!sealed.some((value) => isSealedByUnknownKey(value, credentials.sealingKeys))) {
    return result(credentials, "unknown")
  }
  const current = await rereadCredentials("reread_to_open", context)
  // The cache gives the same object when the limit allowed no read.
  if (current === undefined || current === credentials) return result(credentials, "unknown")
  context.requestLog.note({ secretVersion: current.version })
  return result(current, "retired")
}

/**
 * Fetches our credentials as they are now, if they are not the ones that SuperOffice rejected. A version that only brings
 * other sealing keys does not count, because it must not send a code a second time.
 */
export async function fetchReplacedCredentials(
  rejected: ClientCredentials,
  context: RequestContext,
): Promise<ClientCredentials | undefined> {
  const current = await rereadCredentials("reread", context)
  if (current === undefined || current.version === rejected.version) return undefined
  if (current.clientId === rejected.clientId && current.clientSecret.equals(rejected.clientSecret))
    return undefined
  context.requestLog.warn("client_secret_replaced")
  context.requestLog.note({ secretVersion: current.version })
  return current
}

/** Fetches the private key as it is now, if it is not the one whose signature SuperOffice rejected. */
export async function fetchReplacedPrivateKey(
  rejected: PrivateKey,
  context: RequestContext,
): Promise<PrivateKey | undefined> {
  const current = await reread(context.ports.privateKey, "reread", context)
  return current === undefined || current.version === rejected.version ? undefined : current
}

async function rereadCredentials(
  freshness: Exclude<Freshness, "cached">,
  context: RequestContext,
): Promise<ClientCredentials | undefined> {
  const current = await reread(context.ports.credentials, freshness, context)
  if (current !== undefined) warnOfExpiry(current, context)
  return current
}

/** Reads past the cache. Undefined when that fails for now, so that the cached value stays in use. */
async function reread<T>(
  port: Cache<T>,
  freshness: Exclude<Freshness, "cached">,
  context: RequestContext,
): Promise<T | undefined> {
  try {
    return await ask("secret", port, freshness, context)
  } catch (error) {
    if (error instanceof UnusableSecret) return undefined
    if (error instanceof ExchangeError && error.code === "secret_unavailable") return undefined
    throw error
  }
}
