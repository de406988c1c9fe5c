import { text } from "node:stream/consumers"
import type { KoaContextWithOIDC, Provider } from "oidc-provider"

/**
 * Ends a refresh token, and answers 200 whether it was known or not (RFC 7009 §2.2).
 *
 * SuperOffice's sample sends the token in the query, with no client credentials, and its answer is not documented; so
 * the query or a form body will do, credentials are not looked at, and the answer is empty.
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
