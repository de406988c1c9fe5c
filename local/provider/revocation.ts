import { text } from "node:stream/consumers"
import type { KoaContextWithOIDC, Provider } from "oidc-provider"

/**
 * Revokes a refresh token, and answers 200 whether it was known or not (RFC 7009 §2.2).
 *
 * SuperOffice's sample sends the token in the query, without client credentials, and the answer is not documented. So
 * this accepts the query or a form body, ignores credentials, and sends an empty answer.
 */
export async function revocationEndpoint(ctx: KoaContextWithOIDC, protocol: Provider): Promise<void> {
  const token = ctx.URL.searchParams.get("token") ?? new URLSearchParams(await text(ctx.req)).get("token")
  if (token !== null) {
    const refreshToken = await protocol.RefreshToken.find(token)
    await refreshToken?.destroy()
  }
  ctx.status = 200
  ctx.body = ""
}
