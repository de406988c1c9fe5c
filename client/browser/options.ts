/** What the client is made with. `delivery` is the functions' setting `REFRESH_TOKEN_DELIVERY`. */
export type ClientOptions = CookieOptions | SealedOptions

interface CommonOptions {
  /** Base URL of the functions, e.g. `https://login.example.com`. */
  readonly api: string
  /** Where the user comes back to, byte for byte as registered at SuperOffice; on this page's origin. */
  readonly redirectUri: string
}

/** The refresh token, and what a sign-in has to remember, live in cookies that no script can read. */
export interface CookieOptions extends CommonOptions {
  /** `cookie` unless given. */
  readonly delivery?: "cookie" | "partitioned"
}

/** The sealed refresh token lives in sessionStorage, and the page begins the sign-in by itself. */
export interface SealedOptions extends CommonOptions {
  readonly delivery: "sealed"
  readonly clientId: string
  /** E.g. `https://online.superoffice.com/login/common/oauth/authorize`. */
  readonly authorizationEndpoint: string
}

export interface SignInOptions {
  /** The tenant to sign in to, e.g. `Cust12020`: spares a user of several the choice. */
  readonly tenant?: string
  /** The e-mail address to begin with. */
  readonly loginHint?: string
  /** Takes the user to the login page; `location.assign` unless given. For pop-ups. */
  readonly navigate?: (url: string) => void
}
