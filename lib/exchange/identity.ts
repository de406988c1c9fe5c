import { ExchangeError } from "../errors.ts"
import { ctxClaim, type VerifiedPayload } from "../id-token/id-token.ts"
import type { RequestContext } from "../request/context.ts"
import { isSameTenant } from "../tenant.ts"
import type { Grant } from "./grant.ts"
import { clearSessionCookie } from "./session-cookie.ts"

/**
 * Checks that a verified ID Token is for the sign-in that asked for it: its nonce (OIDC Core §3.1.3.7, rule 11), or the
 * user and tenant of a refresh token (§12.2).
 *
 * Throws `identity_mismatch`, because any caller can name another nonce, user or tenant. Throws `session_expired`, and ends
 * the session, when it is a page's session whose user or tenant has changed: the user was renamed, for example.
 */
export function checkIdentity(payload: VerifiedPayload, grant: Grant, context: RequestContext): void {
  if (grant.type === "authorization_code") {
    if (grant.nonce !== undefined && payload.nonce !== grant.nonce) throw mismatch("nonce")
    return
  }
  if (isNamed(grant, { sub: payload.sub, ctx: payload[ctxClaim] })) return
  const { ctx } = grant
  const { caller, requestLog } = context
  // A page's refresh token is that of its session, which knows its tenant.
  if (caller.door !== "browser" || ctx === undefined) throw mismatch("user or tenant")
  requestLog.warn("session_user_changed")
  clearSessionCookie(caller.origin, ctx, context)
  throw new ExchangeError("session_expired", "the ID Token is for another user or tenant than signed in")
}

/** The user and tenant that a caller names. What is undefined may be anybody, or any tenant. */
interface Named {
  readonly sub: string | undefined
  readonly ctx: string | undefined
}

/** True for the user and the tenant that a caller names. */
export function isNamed(
  { sub, ctx }: Named,
  actual: { readonly sub: string; readonly ctx: string },
): boolean {
  const isSameUser = sub === undefined || sub === actual.sub
  return isSameUser && (ctx === undefined || isSameTenant(ctx, actual.ctx))
}

function mismatch(what: string): ExchangeError {
  return new ExchangeError("identity_mismatch", `the ID Token is for another ${what} than the request names`)
}
