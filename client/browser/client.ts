import type { BrowserTokenResponse, RevokeTokenResponse } from "../../lib/contract.ts"
import type { CallOptions, SignInOptions, TokenOptions } from "./options.ts"

/**
 * The latest token response, without a refresh token. `expires_at` and `api_token_expires_at` are in Unix seconds by this
 * machine's clock.
 *
 * @example
 * const session: Session | undefined = client.session()
 * if (session) showUser(session.claims.ctx, session.claims.associateid)
 */
export type Session = Omit<BrowserTokenResponse, "refresh_token">

/**
 * Signs a user in, and provides access tokens and API tokens. Methods throw `TokenExchangeError` only. A request has a time limit of 32
 * seconds, follows no redirect and is never repeated.
 *
 * @example
 * const client: Client = createClient({ api, redirectUri })
 */
export interface Client {
  /**
   * Navigates to the login page. With `popUp`, shows it in a pop-up instead, and resolves when the user is signed in.
   *
   * In delivery `partitioned` and on plain HTTP, asks the functions first whether the browser keeps their cookie.
   *
   * Errors: `cookies_blocked`, those of the function start-login, and with `popUp` also `pop_up_blocked`, `pop_up_closed`,
   * `pop_up_cut_off` and those of `handleCallback`.
   *
   * @example
   * button.onclick = () => client.signIn({ tenant: "Cust12020" })
   */
  signIn(options?: SignInOptions): Promise<void>

  /**
   * Finishes a sign-in if the page's address is an authorization response (RFC 6749 §4.1.2), and returns whether it was. Call
   * it on every load. Removes the code from the address bar, and posts it once, even if called twice.
   *
   * In the pop-up of a `signIn`, hands the response over to the page that opened it, which closes the pop-up. There the
   * promise stays pending. Any other window goes on as a page.
   *
   * Errors: `sign_in_cancelled`, `sign_in_failed`, `state_mismatch`, and those of the function token. The code
   * cannot be used again after an error, so begin a new sign-in. `identity_mismatch` with `endSessionUrl` means that the
   * login page signed in another user than `expect` names, and would do so again until that user signs out there.
   *
   * @example
   * if (await client.handleCallback()) showApplication(client.session())
   */
  handleCallback(): Promise<boolean>

  /**
   * Returns an access token that is valid for at least 60 seconds, and refreshes it first if necessary. Concurrent calls
   * share one refresh, also those of other tabs with the same tenant and user. During an outage, returns the old token until
   * it expires. `refresh: true` always refreshes, e.g. after a 401.
   *
   * A browser can hold sessions of several tenants. The tab keeps to its tenant, over a reload and after `session_expired`,
   * until a sign-in or `signOut`. A tab without one, e.g. a new tab, gets the session of the newest sign-in, so show whose
   * tenant it is (`claims.ctx`).
   *
   * Errors: `session_expired` or `grant_rejected` if the user must sign in, and others of the function token.
   *
   * @example
   * const headers = { authorization: `Bearer ${await client.getAccessToken()}` }
   * const response = await fetch(`${client.session()?.claims.webapi_url}v1/Contact/1`, { headers })
   */
  getAccessToken(options?: TokenOptions): Promise<string>

  /**
   * Returns a token for the partner's own API (RFC 9068) that is valid for at least 60 seconds, and refreshes the session first
   * if necessary. Needs the option `include: ["api_token"]`. Shares refreshes with `getAccessToken`, and treats `refresh` and
   * an outage as that does.
   *
   * Each refresh is one at SuperOffice, so a user who was removed there gets no further token. One that was issued is valid
   * until it expires: nothing revokes it.
   *
   * Errors: `api_token_missing` if the session has none, and those of `getAccessToken`.
   *
   * @example
   * const headers = { authorization: `Bearer ${await client.getApiToken()}` }
   * const response = await fetch("https://api.example.com/orders", { headers })
   */
  getApiToken(options?: TokenOptions): Promise<string>

  /**
   * The latest token response of this tab. Undefined before the first one, and after `signOut`, `session_expired` or
   * `onSessionEnd`.
   *
   * @example
   * const tenant = client.session()?.claims.company_name
   */
  session(): Session | undefined

  /**
   * Revokes the refresh token (RFC 7009), then removes the tokens from this tab, and from other tabs with the same tenant.
   * Undefined if delivery `sealed` had none. The user stays signed in at SuperOffice until the page navigates to
   * `end_session_url`. After an error the session may still exist, so let the user try again.
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
  signOut(options?: CallOptions): Promise<RevokeTokenResponse | undefined>
}
