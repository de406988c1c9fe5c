import type { ErrorCode } from "../contract.ts"
import { isOutageOfSecret } from "./credentials.ts"
import { timing, within } from "../deadline.ts"
import { ExchangeError } from "../errors.ts"
import type { Invocation } from "../request/invocation.ts"
import type { ClientCredentials } from "../ports.ts"

/**
 * Does something with our credentials, and once more if SuperOffice rejects it and the client secret has been replaced
 * since it was read. A rejection with the secret as it is now stands.
 */
export async function retryWithCurrentSecret<T>(
  credentials: ClientCredentials,
  invocation: Invocation,
  attempt: (credentials: ClientCredentials) => Promise<T>,
): Promise<T> {
  try {
    return await attempt(credentials)
  } catch (error) {
    if (!isRejection(error)) throw error
    const replaced = await replacedCredentials(credentials, invocation)
    if (replaced === undefined) throw error
    invocation.requestLog.warnings.add("client_secret_replaced")
    invocation.requestLog.secretVersion = replaced.version
    return await attempt(replaced)
  }
}

const rejections = new Set<ErrorCode>(["grant_rejected", "client_rejected", "system_user_rejected"])

/** True when SuperOffice refused: what we brought, or us. */
export function isRejection(error: unknown): boolean {
  return error instanceof ExchangeError && rejections.has(error.code)
}

/** The credentials as they are now, if the client secret is another than the one that was rejected. */
async function replacedCredentials(
  used: ClientCredentials,
  { ports, requestLog, deadline }: Invocation,
): Promise<ClientCredentials | undefined> {
  try {
    const { value } = await requestLog.timed("secret", () =>
      ports.credentials("reread", within(deadline, timing.secretMs)),
    )
    return value.version !== used.version && !hasSameSecret(value, used) ? value : undefined
  } catch (error) {
    // No other secret is known, so the rejection stands.
    if (isOutageOfSecret(error)) return undefined
    throw error
  }
}

/** A new version that only brings other sealing keys must not post a code again. */
function hasSameSecret(a: ClientCredentials, b: ClientCredentials): boolean {
  return a.clientId === b.clientId && a.clientSecret.equals(b.clientSecret)
}
