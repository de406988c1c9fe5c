import type { ErrorCode } from "../../lib/contract.ts"

/**
 * The codes of a `TokenExchangeError`: the functions' codes (`ErrorCode`), and the client's own.
 *
 * @example
 * const texts: Partial<Record<ClientErrorCode, string>> = {
 *   pop_up_blocked: "Allow this page to open pop-ups.",
 *   network_error: "There is no connection. Try again.",
 * }
 */
export type ClientErrorCode =
  | ErrorCode
  /** The user cancelled at the login page, which returned `access_denied` (RFC 6749 §4.1.2.1). */
  | "sign_in_cancelled"
  /** The login page returned another error, which `cause` has. */
  | "sign_in_failed"
  /** `state` is not that of the sign-in that this tab began. The code has not been used (RFC 6749 §10.12). */
  | "state_mismatch"
  /** The browser does not keep the functions' cookie, so a sign-in cannot succeed. The user has not left the page. */
  | "cookies_blocked"
  /** The browser opened no pop-up, as it does outside of a click. */
  | "pop_up_blocked"
  /** The user closed the pop-up before the sign-in was complete. */
  | "pop_up_closed"
  /** A login page's `Cross-Origin-Opener-Policy` separated the pop-up from this page, so its response cannot arrive. */
  | "pop_up_cut_off"
  /** No usable response: offline, an origin that is not in `ALLOWED_ORIGINS`, a redirect, or the time limit of 32 seconds. */
  | "network_error"
  /** A response that is not from the functions, e.g. API Gateway's own 429 or 503. */
  | "gateway_error"
  /** The session has no API token: `include` does not ask for it, or this user cannot have one (`api_token` is null). */
  | "api_token_missing"
  /** The caller's `signal` aborted. */
  | "cancelled"

type Details = Partial<
  Pick<TokenExchangeError, "cause" | "retryable" | "retryAfterSeconds" | "requestId" | "endSessionUrl">
>

/**
 * The only error that the client throws. `message` is for developers: it names what was asked and what came back, or repeats
 * `code`. Show users a text of your own for `code`.
 *
 * @example
 * try {
 *   await client.getAccessToken()
 * } catch (error) {
 *   if (!(error instanceof TokenExchangeError)) throw error
 *   if (error.code === "session_expired") showSignIn()
 *   else showError(textFor(error.code), error.requestId)
 * }
 */
export class TokenExchangeError extends Error {
  declare readonly code: ClientErrorCode
  /** What came back: the `Response`, the error of `fetch` or the parameters of the login page. Undefined if nothing did. */
  declare readonly cause: unknown
  /** True if the same call may succeed later. Never true for `handleCallback`: begin a new sign-in. */
  declare readonly retryable: boolean
  /** Seconds to wait before the call is repeated, if the functions said so. */
  declare readonly retryAfterSeconds: number | undefined
  /** Identifies the request in the functions' log. Undefined if the functions did not respond. */
  declare readonly requestId: string | undefined
  /** After a sign-in as somebody whom `expect` excludes: where that user signs out at SuperOffice. */
  declare readonly endSessionUrl: string | undefined

  constructor(code: ClientErrorCode, message: string = code, details: Details = {}) {
    super(message)
    Object.assign(this, { name: "TokenExchangeError", code, retryable: false }, details)
  }
}
