import { timing, within } from "./deadline.ts"
import { requestInvalid } from "./errors.ts"
import type { Fields } from "./fields.ts"
import type { Invocation } from "./invocation.ts"
import type { ClientCredentials } from "./ports.ts"

/** The secret is ours to know: a caller that sends one has it where it must not be. */
export function refuseClientSecret(fields: Fields): void {
  if (Object.hasOwn(fields, "client_secret")) throw requestInvalid('"client_secret" must not be sent.')
}

/**
 * Reads our credentials. Ordinary OAuth client libraries send a `client_id`: whoever was built for another application
 * finds out here, by a `request_invalid`.
 */
export async function readCredentials(
  clientId: string | undefined,
  { ports, trace, deadline }: Invocation,
): Promise<ClientCredentials> {
  const { value, stale } = await trace.timed("secret", () =>
    ports.credentials("cached", within(deadline, timing.secretMs)),
  )
  if (stale) trace.signals.add("secret_stale")
  trace.secretVersion = value.version
  if (clientId !== undefined && clientId !== value.clientId) {
    throw requestInvalid('"client_id" must be the one of this service, or left out.')
  }
  return value
}
