import type { BrowserTokenResponse, RevokeTokenResponse, StartLoginResponse } from "../lib/contract.ts"
import { TokenExchangeError } from "./browser/error.ts"
import { beginLogin, type Login } from "./browser/login.ts"
import type { ClientOptions, SignInOptions } from "./browser/options.ts"
import { post } from "./browser/post.ts"
import { recall, remember } from "./browser/storage.ts"

export { TokenExchangeError }
export type { ClientErrorCode } from "./browser/error.ts"
export type { ClientOptions, CookieOptions, SealedOptions, SignInOptions } from "./browser/options.ts"

export type { RevokeTokenResponse }

/** The latest token response. It is in this tab's memory only, and its `expires_at` is by this machine's clock. */
export type Session = Omit<BrowserTokenResponse, "refresh_token">

export interface Client {
  /** Leaves for the login page. */
  signIn(options?: SignInOptions): Promise<void>

  /**
   * Finishes a sign-in when `address`, the page's own unless given, is one that the login page sent the user back to,
   * and tells whether it was. Call it on every load: the code is taken from the address bar and posted once, however
   * often this is called. When it throws, the code is spent: offer to sign in again.
   */
  handleCallback(address?: string): Promise<boolean>

  /**
   * Gives an access token that is good for a minute at least, and refreshes it if it is not: once for all who ask
   * meanwhile. With `refresh` in any case. Throws `session_expired` or `grant_rejected` when the user has to sign in.
   */
  getAccessToken(options?: { readonly refresh?: boolean }): Promise<string>

  /** The latest tokens with claims and expiry; undefined until a sign-in or a refresh has succeeded in this tab. */
  session(): Session | undefined

  /**
   * Revokes the refresh token and forgets everything; undefined when there was nothing to revoke. SuperOffice's own
   * session lives on until the user is sent to `end_session_url`. When this throws, the session may still be there: let
   * the user try again.
   */
  signOut(): Promise<RevokeTokenResponse | undefined>
}

/** Makes the client of one application. Make it once, where your module loads. */
export function createClient(options: ClientOptions): Client {
  const { api, redirectUri } = options
  const sealed = options.delivery == "sealed" && options
  const loginKey = `${api} login`
  const sealedKey = `${api} sealed`
  let session: Session | undefined
  let pending: Promise<Session> | undefined
  let callback: Promise<boolean> | undefined
  let handled: string | undefined

  /** Asks after what is under way, and keeps the answer. Whoever asks meanwhile waits for the same one. */
  function receive(ask: () => Promise<BrowserTokenResponse>): Promise<Session> {
    const before = pending
    const answered = async (): Promise<Session> => {
      await before?.catch(() => undefined)
      const { refresh_token: value, ...answer } = await ask()
      if (sealed && value) remember(sealedKey, value)
      return (session = { ...answer, expires_at: Math.floor(Date.now() / 1e3) + answer.expires_in })
    }
    const mine = answered().finally(() => {
      if (pending == mine) pending = undefined
    })
    return (pending = mine)
  }

  async function refresh(): Promise<BrowserTokenResponse> {
    try {
      return await post(`${api}/refresh-token`, sealed ? { refresh_token: sealedValue() } : {})
    } catch (error) {
      // A rejected grant is kept: SuperOffice says the same while the client secret is being replaced.
      if ((error as TokenExchangeError).code == "session_expired") forget()
      throw error
    }
  }

  function sealedValue(): string {
    const value = recall(sealedKey)
    if (value) return value
    throw new TokenExchangeError("session_expired", "Not signed in")
  }

  function forget(): void {
    session = undefined
    remember(sealedKey)
  }

  async function redeem(parameters: URLSearchParams): Promise<boolean> {
    const { state, ...secrets } = JSON.parse(recall(loginKey) ?? "{}") as Partial<Login>
    remember(loginKey)
    if (parameters.get("state") !== state) throw new TokenExchangeError("state_mismatch")
    const error = parameters.get("error")
    if (error) {
      throw new TokenExchangeError(error == "access_denied" ? "sign_in_cancelled" : "sign_in_failed", error)
    }
    const fields = {
      code: parameters.get("code"),
      iss: parameters.get("iss") ?? undefined,
      ...(sealed ? { redirect_uri: redirectUri, ...secrets } : { state }),
    }
    await receive(() => post(`${api}/exchange-code`, fields, false))
    return true
  }

  return {
    async signIn(how = {}) {
      const { login, url } = sealed ? await beginLogin(sealed, how) : await startLogin(options, how)
      remember(loginKey, JSON.stringify(login))
      if (how.navigate) how.navigate(url)
      else location.assign(url)
    },

    async handleCallback(address = location.href) {
      const url = new URL(address)
      const { searchParams } = url
      const isCallback = searchParams.has("state") && (searchParams.has("code") || searchParams.has("error"))
      if (!isCallback || address == handled) return callback ?? false
      handled = address
      const parameters = new URLSearchParams(searchParams)
      for (const name of ["code", "state", "iss", "error", "error_description"]) searchParams.delete(name)
      // Before anything else happens: a reload, a bookmark or a second call must not find the code.
      if (address == location.href) history.replaceState(history.state, "", url)
      return (callback = redeem(parameters))
    },

    async getAccessToken({ refresh: always } = {}) {
      const lasts = (seconds: number) =>
        !always && session && session.expires_at - Date.now() / 1e3 >= seconds
      if (session && lasts(60)) return session.access_token
      try {
        return (await (pending ?? receive(refresh))).access_token
      } catch (error) {
        // An outage is not felt while the old token lasts.
        if (session && lasts(1) && (error as TokenExchangeError).retryable) return session.access_token
        throw error
      }
    },

    session: () => session,

    async signOut() {
      await pending?.catch(() => undefined)
      const token = recall(sealedKey)
      const answer =
        sealed && !token
          ? undefined
          : await post<RevokeTokenResponse>(`${api}/revoke-token`, sealed ? { token } : {})
      forget()
      return answer
    },
  }
}

/** Lets the functions begin a sign-in: they keep nonce and verifier in a cookie that no script can read. */
async function startLogin(
  { api, redirectUri }: ClientOptions,
  { tenant, loginHint }: SignInOptions,
): Promise<{ login: Login; url: string }> {
  const fields = { redirect_uri: redirectUri, tenant, login_hint: loginHint }
  const answer = await post<StartLoginResponse>(`${api}/start-login`, fields)
  return { login: { state: answer.state }, url: answer.authorization_url }
}
