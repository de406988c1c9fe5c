import { timing, within, type Deadline } from "./deadline.ts"
import { ExchangeError } from "./errors.ts"
import type { Grant } from "./grant.ts"
import type { Invocation } from "./invocation.ts"
import type { ClientCredentials, HttpAnswer, HttpRequest } from "./ports.ts"
import { tokenRequest } from "./token-request.ts"
import { readTokenResponse, type UpstreamTokens } from "./token-response.ts"

/** A grant redeemed, and the credentials that it was redeemed with. */
export interface Redeemed {
  readonly tokens: UpstreamTokens
  readonly credentials: ClientCredentials
  readonly receivedAt: Date
}

/**
 * Posts a grant to SuperOffice and reads the answer. A rejection is looked at once more: if the client secret has been
 * replaced since it was read, the grant is posted again with the new one, else the rejection stands.
 *
 * Throws what `readTokenResponse`, the transport and, for a secret that is gone, the credentials port throw.
 */
export async function redeem(
  grant: Grant,
  credentials: ClientCredentials,
  invocation: Invocation,
): Promise<Redeemed> {
  try {
    return await redeemWith(grant, credentials, invocation)
  } catch (error) {
    if (!isRejection(error)) throw error
    const replaced = await replacedCredentials(credentials, invocation)
    if (replaced === undefined) {
      suspectSecret(grant, credentials, invocation)
      throw error
    }
    invocation.trace.signals.add("client_secret_replaced")
    return await redeemWith(grant, replaced, invocation)
  }
}

async function redeemWith(
  grant: Grant,
  credentials: ClientCredentials,
  invocation: Invocation,
): Promise<Redeemed> {
  const { config, trace, ports, rejections } = invocation
  trace.secretVersion = credentials.version
  const request = tokenRequest(grant, credentials, config)
  const answer = await trace.timed("token", () => post(request, grant, invocation))
  const tokens = readTokenResponse(answer)
  rejections.succeeded()
  return { tokens, credentials, receivedAt: ports.now() }
}

/**
 * Posts once, and a second time only when that cannot spend a code: when no connection was made, or when the grant is a
 * refresh token, which SuperOffice does not rotate. Both tries share one deadline.
 */
async function post(request: HttpRequest, grant: Grant, invocation: Invocation): Promise<HttpAnswer> {
  const deadline = within(invocation.deadline, timing.tokenPostMs)
  const isRepeatable = grant.type === "refresh_token"
  try {
    const answer = await send(request, deadline, invocation)
    if (!isRepeatable || answer.status < 500 || answer.retryAfterSeconds !== undefined) return answer
  } catch (error) {
    const isOutage = error instanceof ExchangeError && error.code === "upstream_unavailable"
    if (!isOutage || !(isRepeatable || error.neverSent)) throw error
  }
  return await send(request, deadline, invocation)
}

async function send(
  request: HttpRequest,
  deadline: Deadline,
  { ports, trace }: Invocation,
): Promise<HttpAnswer> {
  try {
    const answer = await ports.superOffice(request, deadline)
    trace.posts += 1
    return answer
  } catch (error) {
    if (!(error instanceof ExchangeError && error.neverSent)) trace.posts += 1
    throw error
  }
}

function isRejection(error: unknown): boolean {
  return (
    error instanceof ExchangeError && (error.code === "grant_rejected" || error.code === "client_rejected")
  )
}

/** The credentials as they are now, if the client secret is another than the one that was rejected. */
async function replacedCredentials(
  used: ClientCredentials,
  { ports, trace, deadline }: Invocation,
): Promise<ClientCredentials | undefined> {
  try {
    const { value } = await trace.timed("secret", () =>
      ports.credentials("reread", within(deadline, timing.secretMs)),
    )
    const isReplaced = value.version !== used.version && !hasSameSecret(value, used)
    return isReplaced ? value : undefined
  } catch (error) {
    // Secrets Manager is down: nothing is known to have changed, so the rejection stands.
    if (error instanceof ExchangeError && error.code === "secret_unavailable") return undefined
    throw error
  }
}

/** A new version that only brings other sealing keys must not post a code again. */
function hasSameSecret(a: ClientCredentials, b: ClientCredentials): boolean {
  return a.clientId === b.clientId && a.clientSecret.equals(b.clientSecret)
}

function suspectSecret(
  grant: Grant,
  credentials: ClientCredentials,
  { rejections, trace }: Invocation,
): void {
  if (grant.type === "refresh_token" && rejections.rejected(credentials.version)) {
    trace.signals.add("client_secret_suspected")
  }
}
