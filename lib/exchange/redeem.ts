import type { Grant } from "./grant.ts"
import { isRejection, withCurrentSecret } from "../credentials/current-secret.ts"
import type { Invocation } from "../request/invocation.ts"
import type { ClientCredentials } from "../ports.ts"
import { post } from "../superoffice/send.ts"
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
 * once but for what `post` and `withCurrentSecret` allow (docs/decisions/second-post.md).
 */
export async function redeem(
  grant: Grant,
  credentials: ClientCredentials,
  invocation: Invocation,
): Promise<Redeemed> {
  const { trace, rejections } = invocation
  try {
    const redeemed = await withCurrentSecret(credentials, invocation, (current) =>
      redeemWith(grant, current, invocation),
    )
    rejections.succeeded()
    return redeemed
  } catch (error) {
    const isSuspicious = grant.type === "refresh_token" && isRejection(error)
    if (isSuspicious && rejections.rejected(trace.secretVersion ?? ""))
      trace.signals.add("client_secret_suspected")
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
  const tokens = readTokenResponse(await post(request, { isRepeatable, step: "token" }, invocation))
  return { tokens, credentials, receivedAt: invocation.ports.now() }
}
