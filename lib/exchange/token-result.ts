import { keepsCookies } from "../config.ts"
import { holdsCredential } from "../id-token/claims.ts"
import type { BrowserTokenResponse, TokenResponse } from "../contract.ts"
import type { BrowserCaller } from "../request/caller.ts"
import type { Exchange } from "./exchange.ts"
import { limitCookies } from "./limit-cookies.ts"
import { clearSessionCookie } from "./session-cookie.ts"
import type { RequestContext } from "../request/context.ts"
import { Secret } from "../secret.ts"
import { sessionCookieName } from "../session/cookie-names.ts"
import { sealSession, sessionExpiresAt, type Session } from "../session/session.ts"
import { unixSeconds } from "../seconds.ts"

/** The answer to a cloud function (RFC 6749 §5.1): all claims, and the refresh token to keep from now on. */
export function tokenResult(exchange: Exchange): TokenResponse {
  const refreshToken = refreshTokenToKeep(exchange)
  return {
    ...commonResult(exchange),
    ...(refreshToken && { refresh_token: refreshToken.reveal() }),
    id_token: exchange.idToken,
    claims: { ...exchange.others, ...exchange.claims },
  }
}

/** The answer to a page (RFC 6749 §5.1): no refresh token in clear, and no credential, not even inside the ID Token. */
export async function browserTokenResult(
  exchange: Exchange,
  caller: BrowserCaller,
  context: RequestContext,
): Promise<BrowserTokenResponse> {
  return {
    ...commonResult(exchange),
    ...(!holdsCredential(exchange.payload) && { id_token: exchange.idToken }),
    ...(await keepSession(exchange, caller, context)),
    claims: exchange.claims,
  }
}

/** RFC 6749 §6: a new refresh token replaces the old one. SuperOffice sends none, so the caller keeps its own. */
function refreshTokenToKeep({ tokens, grant }: Exchange): Secret | undefined {
  if (tokens.refreshToken !== undefined) return new Secret(tokens.refreshToken)
  return grant.type === "refresh_token" ? grant.refreshToken : undefined
}

type SessionResult = Pick<BrowserTokenResponse, "refresh_token" | "session_expires_at">

/** Seals the session with the newest key, and delivers it as `refreshTokenDelivery` says. */
async function keepSession(
  exchange: Exchange,
  caller: BrowserCaller,
  context: RequestContext,
): Promise<SessionResult> {
  const { config, requestLog, cookies } = context
  const { origin } = caller
  const { ctx } = exchange.claims
  const refreshToken = refreshTokenToKeep(exchange)
  if (refreshToken === undefined) return dropSession(origin, ctx, context)
  const { grant, credentials, receivedAt } = exchange
  const session: Session = {
    refreshToken,
    sub: exchange.payload.sub,
    ctx,
    signedInAt: (grant.type === "refresh_token" ? grant.signedInAt : undefined) ?? receivedAt,
  }
  const expiresAt = sessionExpiresAt(session, config)
  const sealed = await sealSession(session, { config, credentials, origin })
  if (!keepsCookies(config)) return { refresh_token: sealed, session_expires_at: expiresAt }
  const name = sessionCookieName(origin, ctx)
  if (cookies.set(name, sealed, expiresAt - unixSeconds(receivedAt))) {
    await limitCookies(name, caller, credentials, context)
    return { session_expires_at: expiresAt }
  }
  // The tokens are still good: the page is signed in until they expire.
  requestLog.warn("session_too_large")
  return dropSession(origin, ctx, context)
}

/** Clears the cookie of the tenant's previous user, so that it cannot be used for the new user. */
function dropSession(origin: string, ctx: string, context: RequestContext): SessionResult {
  clearSessionCookie(origin, ctx, context)
  return {}
}

function commonResult({ tokens, receivedAt }: Exchange) {
  return {
    token_type: "Bearer",
    access_token: tokens.accessToken,
    expires_in: tokens.expiresInSeconds,
    expires_at: unixSeconds(receivedAt) + tokens.expiresInSeconds,
    scope: tokens.scope,
  } as const
}
