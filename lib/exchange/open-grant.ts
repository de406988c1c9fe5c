import { credentialsToOpen } from "../credentials/credentials.ts"
import type { BrowserCaller } from "../request/caller.ts"
import { ExchangeError } from "../errors.ts"
import type { Grant, LoginCode, RequestedGrant, SealedRefresh } from "./grant.ts"
import type { RequestContext } from "../request/context.ts"
import { loginCookieName } from "../session/cookie-names.ts"
import { openLogin } from "../session/login.ts"
import type { ClientCredentials } from "../ports.ts"
import { Secret } from "../secret.ts"
import { sessionExpiresAt } from "../session/session.ts"
import { unixSeconds } from "../seconds.ts"
import { isNamed } from "./identity.ts"
import { openSessions } from "./open-sessions.ts"

/** A grant in clear, and the credentials to redeem it with. */
export interface OpenedGrant {
  readonly grant: Grant
  readonly credentials: ClientCredentials
}

/**
 * Opens a page's sealed refresh token, or the login cookie of its code. Other grants stay as they are. Throws
 * `session_expired` for a value that is missing, too old, not ours, or of another user or tenant than the page expects.
 */
export async function openGrant(
  requested: RequestedGrant,
  credentials: ClientCredentials,
  context: RequestContext,
): Promise<OpenedGrant> {
  const { caller } = context
  if (requested.type === "authorization_code" || requested.type === "refresh_token") {
    return { grant: requested, credentials }
  }
  if (caller.door !== "browser") throw new Error("only a page has something sealed")
  return requested.type === "sealed_refresh"
    ? await openSealedRefresh(requested, caller, credentials, context)
    : await openLoginCode(requested, caller, credentials, context)
}

/** Chooses the newest sign-in among the sessions that are of the user and tenant that the page expects. */
async function openSealedRefresh(
  requested: SealedRefresh,
  caller: BrowserCaller,
  known: ClientCredentials,
  context: RequestContext,
): Promise<OpenedGrant> {
  const { config, ports } = context
  const { sessions, credentials } = await openSessions(requested.sealed, caller, known, context)
  if (sessions.length === 0) throw expired("the sealed session does not open")
  const current = sessions
    .map(({ session }) => session)
    .filter((session) => unixSeconds(ports.now()) < sessionExpiresAt(session, config))
  if (current.length === 0) throw expired("the session is too old")
  const [newest] = current
    .filter((session) => isNamed(requested, session))
    .sort((a, b) => b.signedInAt.getTime() - a.signedInAt.getTime())
  if (newest === undefined) {
    throw expired("the session is not of the user or tenant that the page expects")
  }
  return { grant: { type: "refresh_token", clientId: requested.clientId, ...newest }, credentials }
}

async function openLoginCode(
  { code, state, clientId }: LoginCode,
  { cookies, origin }: BrowserCaller,
  known: ClientCredentials,
  context: RequestContext,
): Promise<OpenedGrant> {
  const { config, ports } = context
  const name = loginCookieName(state)
  const sealed = cookies.byName.get(name)
  if (sealed === undefined) throw expired("there is no login cookie for this state")
  const { credentials, sealingKeyOf } = await credentialsToOpen([sealed], known, context)
  const login = await openLogin(sealed, state, ports.now(), { config, credentials, origin })
  if (login === undefined) {
    if (sealingKeyOf(sealed) !== "unknown") context.cookies.clear(name)
    throw expired("the login cookie does not open for this state")
  }
  const { redirectUri, nonce } = login
  const codeVerifier = new Secret(login.codeVerifier)
  return {
    grant: { type: "authorization_code", code, redirectUri, codeVerifier, nonce, clientId },
    credentials,
  }
}

function expired(why: string): ExchangeError {
  return new ExchangeError("session_expired", why)
}
