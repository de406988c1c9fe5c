import type { BrowserCaller } from "./door.ts"
import { ExchangeError } from "./errors.ts"
import type { Grant, LoginCode, RequestedGrant, SealedRefresh } from "./grant.ts"
import type { Invocation } from "./invocation.ts"
import { loginCookieName, openLogin } from "./login.ts"
import type { ClientCredentials } from "./ports.ts"
import { Secret } from "./secret.ts"
import { openSession, sessionExpiresAt, unixSeconds, type SessionPlace } from "./session.ts"

/**
 * Opens what a page sent in the place of a refresh token or of a verifier, so that what is posted to SuperOffice is always
 * something that we sealed. Throws `session_expired` for anything that is missing, too old, or not ours.
 */
export async function completeGrant(
  requested: RequestedGrant,
  credentials: ClientCredentials,
  invocation: Invocation,
): Promise<Grant> {
  const { caller } = invocation
  if (requested.type === "authorization_code" || requested.type === "refresh_token") return requested
  if (caller.door !== "browser") throw new Error("only a page has something sealed")
  const place = { config: invocation.config, credentials, origin: caller.origin }
  return requested.type === "sealed_refresh"
    ? await completeRefresh(requested, place, invocation)
    : await completeLogin(requested, caller, place, invocation)
}

async function completeRefresh(
  { sealed, clientId }: SealedRefresh,
  place: SessionPlace,
  { ports, config }: Invocation,
): Promise<Grant> {
  const session = await openSession(sealed, place)
  if (session === undefined) throw expired("the sealed session does not open")
  const now = unixSeconds(ports.now())
  if (now >= sessionExpiresAt(session, config)) throw expired("the session is too old")
  return { type: "refresh_token", clientId, ...session }
}

async function completeLogin(
  { code, state, clientId }: LoginCode,
  { cookies }: BrowserCaller,
  place: SessionPlace,
  invocation: Invocation,
): Promise<Grant> {
  const name = loginCookieName(state)
  const sealed = cookies.get(name)
  if (sealed === undefined) throw expired("there is no login cookie for this state")
  const login = await openLogin(sealed, state, invocation.ports.now(), place)
  if (login === undefined) {
    invocation.cookies.clear(name)
    throw expired("the login cookie does not open for this state")
  }
  const { redirectUri, nonce } = login
  return {
    type: "authorization_code",
    code,
    redirectUri,
    codeVerifier: new Secret(login.codeVerifier),
    nonce,
    clientId,
  }
}

function expired(why: string): ExchangeError {
  return new ExchangeError("session_expired", why)
}
