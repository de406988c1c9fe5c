import type { BrowserTokenResponse, RevokeTokenResponse, StartLoginResponse } from "../lib/contract.ts"
import { TokenExchangeError } from "./browser/error.ts"
import { createAuthorizationRequest, type PendingLogin } from "./browser/login.ts"
import type { ClientOptions, SignInOptions } from "./browser/options.ts"
import { callFunction } from "./browser/call-function.ts"
import { readItem, storeItem } from "./browser/storage.ts"

export { TokenExchangeError }
export type { ClientErrorCode } from "./browser/error.ts"
export type { ClientOptions, CookieOptions, SealedOptions, SignInOptions } from "./browser/options.ts"

export type { RevokeTokenResponse }

/** The latest token response, without a refresh token. `expires_at` is in Unix seconds by this machine's clock. */
export type Session = Omit<BrowserTokenResponse, "refresh_token">

/**
 * Signs a user in, and provides access tokens. Methods throw `TokenExchangeError` only. A call makes at most one request,
 * with a time limit of 32 seconds, and never repeats it.
 */
export interface Client {
  /**
   * Navigates to the login page.
   *
   * @example
   * button.onclick = () => client.signIn({ tenant: "Cust12020" })
   */
  signIn(options?: SignInOptions): Promise<void>

  /**
   * Finishes a sign-in if `address` is an authorization response (RFC 6749 §4.1.2), and returns whether it was. Call it on
   * every load. Removes the code from the address bar, and posts it once, even if called twice.
   *
   * Errors: `sign_in_cancelled`, `sign_in_failed`, `state_mismatch`, and those of the function exchange-code. The code
   * cannot be used again after an error, so begin a new sign-in.
   *
   * @param address an authorization response that a pop-up received. Default: the page's own address.
   * @example
   * if (await client.handleCallback()) showApplication(client.session())
   */
  handleCallback(address?: string): Promise<boolean>

  /**
   * Returns an access token that is valid for at least 60 seconds, and refreshes it first if necessary. Concurrent calls
   * share one refresh. During an outage, returns the old token until it expires. `refresh: true` always refreshes, e.g.
   * after a 401.
   *
   * A browser can hold sessions of several tenants. The tab keeps to its tenant, over a reload and after `session_expired`,
   * until a sign-in or `signOut`. A tab without one, e.g. a new tab, gets the session of the newest sign-in, so show whose
   * tenant it is (`claims.ctx`).
   *
   * Errors: `session_expired` or `grant_rejected` if the user must sign in, and others of the function refresh-token.
   *
   * @example
   * const headers = { authorization: `Bearer ${await client.getAccessToken()}` }
   * const response = await fetch(`${client.session()?.claims.webapi_url}v1/Contact/1`, { headers })
   */
  getAccessToken(options?: { readonly refresh?: boolean }): Promise<string>

  /** The latest token response of this tab. Undefined before the first one, and after `signOut` or `session_expired`. */
  session(): Session | undefined

  /**
   * Revokes the refresh token (RFC 7009), then removes the tokens from this tab. Undefined if delivery `sealed` had none.
   * The user stays signed in at SuperOffice until the page navigates to `end_session_url`. After an error the session may
   * still exist, so let the user try again.
   *
   * Ends the session of this tab's tenant. A tab that has no tenant ends every session of its origin. Afterwards this tab
   * has no tenant, so on its next load it gets the session of another tenant if there is one.
   *
   * Errors: `session_expired` if another user has signed in to this tenant in another tab, whose session stays. Others are
   * those of the function revoke-token.
   *
   * @example
   * const answer = await client.signOut()
   * if (answer) location.assign(answer.end_session_url)
   */
  signOut(): Promise<RevokeTokenResponse | undefined>
}

/**
 * Creates the client of one application. Call it once, when your module loads, because the access token is in its memory.
 *
 * @example
 * const client = createClient({
 *   api: "https://login.example.com",
 *   redirectUri: "https://app.example.com/callback",
 * })
 */
export function createClient(options: ClientOptions): Client {
  const { api, redirectUri } = options
  const sealed = options.delivery == "sealed" && options
  const loginKey = `${api} login`
  const sealedKey = `${api} sealed`
  const tenantKey = `${api} tenant`
  let session: Session | undefined
  let user: string | undefined
  let pending: Promise<Session> | undefined
  let callback: Promise<boolean> | undefined
  let handledAddress: string | undefined

  /** Requests tokens after any request in progress, and stores the response. `pending` lets other callers wait for it. */
  function requestTokens(request: () => Promise<BrowserTokenResponse>): Promise<Session> {
    const previous = pending
    const run = async (): Promise<Session> => {
      await previous?.catch(() => undefined)
      const { refresh_token: value, ...answer } = await request()
      if (sealed && value) storeItem(sealedKey, value)
      user = answer.claims.sub
      storeItem(tenantKey, answer.claims.ctx)
      return (session = { ...answer, expires_at: Math.floor(Date.now() / 1e3) + answer.expires_in })
    }
    const current = run().finally(() => {
      if (pending == current) pending = undefined
    })
    return (pending = current)
  }

  async function refresh(): Promise<BrowserTokenResponse> {
    if (sealed && !readItem(sealedKey)) {
      forgetTokens()
      throw new TokenExchangeError("session_expired", "Not signed in")
    }
    return callForSession("refresh-token", "refresh_token")
  }

  /** Names this tab's user and tenant, because the browser may hold sessions of others on the same origin. */
  async function callForSession<Answer>(name: string, sealedField: string): Promise<Answer> {
    const fields = {
      sub: user,
      ctx: readItem(tenantKey),
      ...(sealed && { [sealedField]: readItem(sealedKey) }),
    }
    try {
      return await callFunction(`${api}/${name}`, fields)
    } catch (error) {
      // Keep the sealed value after `grant_rejected`: SuperOffice returns that also while the client secret is being replaced.
      if ((error as TokenExchangeError).code == "session_expired") forgetTokens()
      throw error
    }
  }

  /** Keeps the user and the tenant, so that the next call cannot take the session of another one. */
  function forgetTokens(): void {
    session = undefined
    storeItem(sealedKey)
  }

  async function redeem(parameters: URLSearchParams): Promise<boolean> {
    const { state, ...secrets } = JSON.parse(readItem(loginKey) ?? "{}") as Partial<PendingLogin>
    storeItem(loginKey)
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
    await requestTokens(() => callFunction(`${api}/exchange-code`, fields, false))
    return true
  }

  return {
    async signIn(signInOptions = {}) {
      const { login, url } = sealed
        ? await createAuthorizationRequest(sealed, signInOptions)
        : await startLogin(options, signInOptions)
      storeItem(loginKey, JSON.stringify(login))
      if (signInOptions.navigate) signInOptions.navigate(url)
      else location.assign(url)
    },

    async handleCallback(address = location.href) {
      const url = new URL(address)
      const { searchParams } = url
      const isCallback = searchParams.has("state") && (searchParams.has("code") || searchParams.has("error"))
      if (!isCallback || address == handledAddress) return callback ?? false
      handledAddress = address
      const parameters = new URLSearchParams(searchParams)
      for (const name of ["code", "state", "iss", "error", "error_description"]) searchParams.delete(name)
      // Clean the address bar first, so that a reload, a bookmark or a second call cannot use the code.
      if (address == location.href) history.replaceState(history.state, "", url)
      return (callback = redeem(parameters))
    },

    async getAccessToken({ refresh: always } = {}) {
      const isValidFor = (seconds: number) =>
        !always && session && session.expires_at - Date.now() / 1e3 >= seconds
      if (session && isValidFor(60)) return session.access_token
      try {
        return (await (pending ?? requestTokens(refresh))).access_token
      } catch (error) {
        // During an outage, use the old token until it expires.
        if (session && isValidFor(1) && (error as TokenExchangeError).retryable) return session.access_token
        throw error
      }
    },

    session: () => session,

    async signOut() {
      await pending?.catch(() => undefined)
      const isKnown = !sealed || readItem(sealedKey)
      const answer = isKnown ? await callForSession<RevokeTokenResponse>("revoke-token", "token") : undefined
      forgetTokens()
      user = undefined
      storeItem(tenantKey)
      return answer
    },
  }
}

/** Lets the function start-login create the authorization request. It keeps nonce and verifier in an `HttpOnly` cookie. */
async function startLogin(
  { api, redirectUri }: ClientOptions,
  { tenant, loginHint }: SignInOptions,
): Promise<{ login: PendingLogin; url: string }> {
  const fields = { redirect_uri: redirectUri, tenant, login_hint: loginHint }
  const answer = await callFunction<StartLoginResponse>(`${api}/start-login`, fields)
  return { login: { state: answer.state }, url: answer.authorization_url }
}
