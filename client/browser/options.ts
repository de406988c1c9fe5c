import type { Include } from "../../lib/requests.ts"

/**
 * Options of `createClient`. `delivery` must be the functions' setting `REFRESH_TOKEN_DELIVERY`.
 *
 * @example
 * const options: ClientOptions = {
 *   api: "https://login.example.com",
 *   redirectUri: "https://app.example.com/callback",
 *   onSessionEnd: showSignIn,
 * }
 */
export type ClientOptions = CookieOptions | SealedOptions

/**
 * The user that a page is for. A web panel must name it, because panels of all tenants share one browser's cookies:
 * SuperOffice puts the tenant (`uctx`) and the user (`usid`) in the panel's URL.
 *
 * It narrows what the page shows. It does not authorize anybody, because whoever writes the URL chooses it.
 *
 * @example
 * const parameters = new URLSearchParams(location.search)
 * const expect: Expectation = {
 *   ctx: parameters.get("uctx") ?? "",
 *   associateid: parameters.get("usid") ?? undefined,
 * }
 */
export interface Expectation {
  /** The context identifier of the tenant, e.g. `Cust12020`, in any case. */
  readonly ctx: string
  /** The user's associate id in that tenant. Without it, any user of the tenant is expected. */
  readonly associateid?: number | string | undefined
}

interface CommonOptions {
  /** Base URL of the functions, e.g. `https://login.example.com`. On loopback alone, it may be plain HTTP. */
  readonly api: string
  /** The page that the user returns to, byte for byte as registered at SuperOffice. Must be on this page's origin. */
  readonly redirectUri: string
  /** The only user that this page shows anything to. Default: whoever signs in. */
  readonly expect?: Expectation | undefined
  /**
   * What every token response contains in addition: `api_token` for `getApiToken`, `tenant` for `session().tenant`. Default:
   * neither. `api_token` needs a deployment with `API_TOKEN_AUDIENCE`; without it, sign-ins and refreshes fail.
   */
  readonly include?: readonly Include[] | undefined
  /**
   * Called when the session of this tab has ended in another tab: somebody signed out, or another user signed in to this
   * tenant. The tokens are forgotten by then. Not called in delivery `sealed`, where each tab has its own session.
   */
  readonly onSessionEnd?: (() => void) | undefined
  /** Sends the requests. Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined
}

/**
 * For deliveries with cookies: script can read neither the refresh token nor the nonce and PKCE verifier of a sign-in.
 *
 * @example
 * const options: CookieOptions = { api, redirectUri, delivery: "partitioned" }
 */
export interface CookieOptions extends CommonOptions {
  /** Default: `cookie`. */
  readonly delivery?: "cookie" | "partitioned" | undefined
}

/**
 * For delivery `sealed`: the page stores the sealed refresh token in sessionStorage, and creates the authorization request.
 *
 * @example
 * const options: SealedOptions = {
 *   api,
 *   redirectUri,
 *   delivery: "sealed",
 *   clientId: "1a2b3c4d5e6f",
 *   authorizationEndpoint: "https://online.superoffice.com/login/common/oauth/authorize",
 * }
 */
export interface SealedOptions extends CommonOptions {
  readonly delivery: "sealed"
  /** The application's client id at SuperOffice. */
  readonly clientId: string
  /** SuperOffice's authorization endpoint, e.g. `https://online.superoffice.com/login/common/oauth/authorize`. */
  readonly authorizationEndpoint: string
}

/**
 * Options of `signIn`.
 *
 * @example
 * const options: SignInOptions = { tenant: "Cust12020", popUp: true }
 */
export interface SignInOptions extends CallOptions {
  /**
   * The context identifier of the tenant to sign in to, e.g. `Cust12020`. Without it, a user of several tenants chooses. The
   * client's `expect` goes first.
   */
  readonly tenant?: string | undefined
  /** The user's e-mail address, which the login page fills in (OIDC Core §3.1.2.1). */
  readonly loginHint?: string | undefined
  /** Shows the login page in a pop-up, as web panels must. Call `signIn` in a click. The page at `redirectUri` calls `handleCallback`. */
  readonly popUp?: boolean | undefined
}

/**
 * Options of every call that waits for a response.
 *
 * @example
 * const options: CallOptions = { signal: controller.signal }
 */
export interface CallOptions {
  /**
   * Ends the wait, and the call throws `cancelled`. `signIn` then does not leave the page. A request that other calls wait for
   * goes on.
   */
  readonly signal?: AbortSignal | undefined
}

/**
 * Options of `getAccessToken` and `getApiToken`.
 *
 * @example
 * const options: TokenOptions = { refresh: true, signal: controller.signal }
 */
export interface TokenOptions extends CallOptions {
  /** Refreshes the session even if the token is still valid. */
  readonly refresh?: boolean | undefined
}
