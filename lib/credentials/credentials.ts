import { UnusableSecret } from "./client-secret.ts"
import { timing, within } from "../deadline.ts"
import { ExchangeError, requestInvalid } from "../errors.ts"
import type { Invocation } from "../request/invocation.ts"
import type { ClientCredentials } from "../ports.ts"
import { isSealedByUnknownKey } from "../session/seal.ts"

/**
 * Reads our credentials. Ordinary OAuth client libraries send a `client_id`: whoever was built for another application
 * finds out here, by a `request_invalid`.
 */
export async function fetchCredentials(
  clientId: string | undefined,
  { ports, requestLog, deadline }: Invocation,
): Promise<ClientCredentials> {
  const { value, stale } = await requestLog.timed("secret", () =>
    ports.credentials("cached", within(deadline, timing.secretMs)),
  )
  if (stale) requestLog.warnings.add("secret_stale")
  requestLog.secretVersion = value.version
  if (clientId !== undefined && clientId !== value.clientId) {
    throw requestInvalid('"client_id" must be the one of this service, or left out.')
  }
  return value
}

/**
 * The credentials to open something with. A sealing key that is put first in the secret is used at once by whoever reads
 * it, so a key that we do not know makes us read the secret again, past the copy, as often as that is allowed.
 */
export async function credentialsToOpen(
  sealed: string,
  credentials: ClientCredentials,
  { ports, requestLog, deadline }: Invocation,
): Promise<ClientCredentials> {
  if (!isSealedByUnknownKey(sealed, credentials.sealingKeys)) return credentials
  try {
    const { value } = await requestLog.timed("secret", () =>
      ports.credentials("reread", within(deadline, timing.secretMs)),
    )
    requestLog.secretVersion = value.version
    return value
  } catch (error) {
    if (isOutageOfSecret(error)) return credentials
    throw error
  }
}

/** Down, or holding what cannot be used: what the copy says still stands. */
export function isOutageOfSecret(error: unknown): boolean {
  return (
    error instanceof UnusableSecret || (error instanceof ExchangeError && error.code === "secret_unavailable")
  )
}
