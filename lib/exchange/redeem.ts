import { fetchReplacedCredentials } from "../credentials/credentials.ts"
import type { ExchangeError } from "../errors.ts"
import type { ClientCredentials } from "../ports.ts"
import type { RequestContext } from "../request/context.ts"
import { send, type Sent } from "../superoffice/send.ts"
import type { Grant } from "./grant.ts"
import { tokenRequest } from "./token-request.ts"
import { parseTokenResponse, type UpstreamTokens } from "./token-response.ts"

/**
 * Redeems a grant at SuperOffice. Counts rejected refreshes, because several in a row point at a wrong client secret. Codes
 * are not counted, because anybody can make one up.
 */
export async function redeem(
  grant: Grant,
  credentials: ClientCredentials,
  context: RequestContext,
): Promise<Sent<ClientCredentials, UpstreamTokens>> {
  const { config, rejections, requestLog } = context
  const sent = await send(
    {
      step: "token",
      isRepeatable: grant.type === "refresh_token",
      request: (current) => tokenRequest(grant, current, config),
      read: parseTokenResponse,
      fetchReplacement: (_rejected, used) => fetchReplacedCredentials(used, context),
    },
    credentials,
    context,
  )
  if ("value" in sent) rejections.succeeded()
  else if (grant.type === "refresh_token" && isRejection(sent.error)) {
    if (rejections.rejected(grant.refreshToken, sent.credentials.version))
      requestLog.warn("client_secret_suspected")
  }
  return sent
}

function isRejection({ code }: ExchangeError): boolean {
  return code === "grant_rejected" || code === "client_rejected"
}
