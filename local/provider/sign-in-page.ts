import { text } from "node:stream/consumers"
import type { KoaContextWithOIDC, Provider } from "oidc-provider"
import { isSameTenant } from "../../lib/tenant.ts"
import { consentErrors, type ConsentError } from "./consent.ts"
import { loginPage, messagePage } from "./pages.ts"
import { users } from "./users.ts"

/** Shows the users to choose from, or accepts the choice and redirects to the authorization endpoint. */
export async function signInPage(
  ctx: KoaContextWithOIDC,
  protocol: Provider,
  refusedIn: ReadonlyMap<string, ConsentError>,
): Promise<void> {
  // Rejected when the sign-in, or this browser's cookie of it, is not known.
  const signIn = await protocol.interactionDetails(ctx.req, ctx.res).catch(() => undefined)
  ctx.type = "html"
  if (!signIn) {
    ctx.status = 400
    ctx.body = messagePage(
      "Technical error",
      "This sign-in has ended. Begin another one in your application.",
    )
    return
  }
  const { params } = signIn
  const tenant = requestedTenant(params.acr_values)
  const offered = users.filter((user) => tenant === undefined || isSameTenant(user.tenant.ctx, tenant))
  if (offered.length === 0) {
    ctx.status = 404
    ctx.body = messagePage("Technical error", `No sample user belongs to the tenant ${tenant ?? ""}.`)
    return
  }

  if (ctx.method === "POST") {
    const form = new URLSearchParams(await text(ctx.req))
    const chosen = offered.find((user) => user.id === form.get("user"))
    const error = chosen && refusedIn.get(chosen.tenant.ctx)
    if (error) {
      ctx.status = 403
      ctx.body = messagePage(
        "Technical error",
        `Authorization error: ${error} (${consentErrors[error].number})`,
      )
      return
    }
    if (chosen) {
      const result = { login: { accountId: chosen.id } }
      ctx.status = 303
      ctx.redirect(await protocol.interactionResult(ctx.req, ctx.res, result))
      return
    }
    ctx.status = 400
  }
  ctx.body = loginPage(offered, typeof params.login_hint === "string" ? params.login_hint : undefined)
}

/** `acr_values=tenant:Cust12020` skips the choice of a tenant. */
function requestedTenant(acrValues: unknown): string | undefined {
  return typeof acrValues === "string" ? /(?:^| )tenant:(\S+)/.exec(acrValues)?.[1] : undefined
}
