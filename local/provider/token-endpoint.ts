import type { KoaContextWithOIDC } from "oidc-provider"
import { userById, type User } from "./users.ts"

/**
 * SuperOffice's error bodies, byte for byte as recorded from its token endpoint. They are the same for a bad grant
 * and for a wrong client or secret, with status 400, and never `invalid_grant` or `invalid_client` (RFC 6749 §5.2).
 */
const rejections = {
  authorization_code: `{ "error": "access_denied", "error_description": "Invalid client_id/client_secret/authorization_code"}`,
  refresh_token: `{ "error": "access_denied"}`,
} as const

/** Lets oidc-provider process the grant, then answers in SuperOffice's form. */
export async function tokenEndpoint(
  ctx: KoaContextWithOIDC,
  next: () => Promise<unknown>,
  issue: {
    readonly idToken: (user: User, nonce: string | undefined) => Promise<string>
    readonly accessToken: (user: User) => string
    /** False if the application may not work in the user's tenant. */
    readonly isConsented: (user: User) => boolean
  },
): Promise<void> {
  await next()
  if (ctx.status >= 500) return
  if (ctx.status !== 200) {
    reject(ctx)
    return
  }

  const { Account: account, AuthorizationCode: code } = ctx.oidc.entities
  if (!account) throw new Error("a grant that succeeded has an account")
  const user = userById(account.accountId)
  if (!issue.isConsented(user)) {
    reject(ctx)
    return
  }
  const issued = ctx.body as { expires_in: number; refresh_token: string }
  ctx.body = {
    token_type: "Bearer",
    access_token: issue.accessToken(user),
    expires_in: issued.expires_in,
    // Only for a code: after a refresh the old one stays valid and is not repeated.
    refresh_token: code ? issued.refresh_token : undefined,
    id_token: await issue.idToken(user, code?.nonce),
  }
}

function reject(ctx: KoaContextWithOIDC): void {
  const { grant_type: grantType } = ctx.oidc.params ?? {}
  ctx.status = 400
  ctx.type = "json"
  ctx.body = grantType === "refresh_token" ? rejections.refresh_token : rejections.authorization_code
}
