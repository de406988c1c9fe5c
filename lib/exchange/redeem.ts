import type { Grant } from "./grant.ts"
import { isRejection, retryWithCurrentSecret } from "../credentials/current-secret.ts"
import type { Invocation } from "../request/invocation.ts"
import type { ClientCredentials } from "../ports.ts"
import { send } from "../superoffice/send.ts"
import { tokenRequest } from "./token-request.ts"
import { readTokenResponse, type UpstreamTokens } from "./token-response.ts"

/** A grant redeemed, and the credentials that it was redeemed with. */
export interface Redeemed {
  readonly tokens: UpstreamTokens
  readonly credentials: ClientCredentials
  readonly receivedAt: Date
}

/**
 * Redeems a grant at SuperOffice: posts it, reads the answer, and heals a replaced client secret. A code is posted at most
 * once but for what `send` and `retryWithCurrentSecret` allow (docs/decisions/second-post.md).
 */
export async function redeem(
  grant: Grant,
  credentials: ClientCredentials,
  invocation: Invocation,
): Promise<Redeemed> {
  const { requestLog, rejections } = invocation
  try {
    const redeemed = await retryWithCurrentSecret(credentials, invocation, (current) =>
      redeemWith(grant, current, invocation),
    )
    rejections.succeeded()
    return redeemed
  } catch (error) {
    const isSuspicious = grant.type === "refresh_token" && isRejection(error)
    if (isSuspicious && rejections.rejected(requestLog.secretVersion ?? ""))
      requestLog.warnings.add("client_secret_suspected")
    throw error
  }
}

async function redeemWith(
  grant: Grant,
  credentials: ClientCredentials,
  invocation: Invocation,
): Promise<Redeemed> {
  const request = tokenRequest(grant, credentials, invocation.config)
  const isRepeatable = grant.type === "refresh_token"
  const tokens = readTokenResponse(await send(request, { isRepeatable, step: "token" }, invocation))
  return { tokens, credentials, receivedAt: invocation.ports.now() }
}
