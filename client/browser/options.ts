/** Options of `createClient`. `delivery` must be the functions' setting `REFRESH_TOKEN_DELIVERY`. */
export type ClientOptions = CookieOptions | SealedOptions

interface CommonOptions {
  /** Base URL of the functions, e.g. `https://login.example.com`. No slash at the end. */
  readonly api: string
  /** The page that the user returns to, byte for byte as registered at SuperOffice. Must be on this page's origin. */
  readonly redirectUri: string
}

/** For deliveries with cookies: script can read neither the refresh token nor the nonce and PKCE verifier of a sign-in. */
export interface CookieOptions extends CommonOptions {
  /** Default: `cookie`. */
  readonly delivery?: "cookie" | "partitioned"
}

/** For delivery `sealed`: the page stores the sealed refresh token in sessionStorage, and creates the authorization request. */
export interface SealedOptions extends CommonOptions {
  readonly delivery: "sealed"
  /** The application's client id at SuperOffice. */
  readonly clientId: string
  /** SuperOffice's authorization endpoint, e.g. `https://online.superoffice.com/login/common/oauth/authorize`. */
  readonly authorizationEndpoint: string
}

/** Options of `signIn`. */
export interface SignInOptions {
  /** The context identifier of the tenant to sign in to, e.g. `Cust12020`. Without it, a user of several tenants chooses. */
  readonly tenant?: string
  /** The user's e-mail address, which the login page fills in (OIDC Core §3.1.2.1). */
  readonly loginHint?: string
  /** Opens the URL of the login page, e.g. in a pop-up. Default: `location.assign`. */
  readonly navigate?: (url: string) => void
}
