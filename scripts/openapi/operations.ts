import type { ErrorCode } from "../../lib/contract.ts"
import type { examples } from "./examples.ts"

/** A route as its callers see it. */
export interface Operation {
  readonly path: string
  readonly id: keyof typeof examples
  readonly door: "browser" | "signed"
  readonly summary: string
  readonly description: string
  /** Cookies that may authenticate the caller. */
  readonly cookies: readonly ("login" | "session")[]
  readonly mediaTypes: readonly string[]
  /** Names of schemas; the body matches one of them. */
  readonly request: readonly string[]
  /** Names of schemas; the body of a success matches one of them. */
  readonly answer: readonly string[]
  readonly setsCookie?: boolean
  readonly errors: readonly ErrorCode[]
}

/** Error codes: first those of every function, last those of the functions that redeem a grant. */
const everyFunction: readonly ErrorCode[] = [
  "request_invalid",
  "origin_not_allowed",
  "method_not_allowed",
  "request_too_large",
  "media_type_unsupported",
  "configuration_invalid",
  "unexpected",
]
const withClientSecret: readonly ErrorCode[] = [...everyFunction, "secret_unavailable"]
const atSuperOffice: readonly ErrorCode[] = [
  ...withClientSecret,
  "upstream_invalid",
  "upstream_unavailable",
  "upstream_timeout",
]
const withIdToken: readonly ErrorCode[] = [...atSuperOffice, "id_token_invalid", "key_set_unavailable"]
const withGrant: readonly ErrorCode[] = [
  ...withIdToken,
  "grant_unsupported",
  "grant_rejected",
  "identity_mismatch",
  "client_rejected",
]

const json = "application/json"
const form = "application/x-www-form-urlencoded"

/** An operation without the members that its door sets. */
type OperationOfDoor = Omit<Operation, DoorsOwn> & Partial<Pick<Operation, Exclude<DoorsOwn, "door">>>
type DoorsOwn = "door" | "cookies" | "mediaTypes"

/** A page on a listed origin. */
function page(operation: OperationOfDoor): Operation {
  return { door: "browser", cookies: [], mediaTypes: [json, form], ...operation }
}

/** A caller of the API's own account, permitted by IAM. */
function signed(operation: OperationOfDoor): Operation {
  return { door: "signed", cookies: [], mediaTypes: [json, form], ...operation }
}

/**
 * The routes of serverless.yml as a caller sees them: who may call, the request, the answers and the errors. The
 * names of types are those of schemas.ts.
 */
export const operations: readonly Operation[] = [
  page({
    path: "/exchange-code",
    id: "exchangeCode",
    summary: "Redeem an authorization code",
    description:
      "With the page's own PKCE or, after `start-login`, with the `state` that came with the code; the login cookie then brings the rest.",
    cookies: ["login"],
    request: ["BrowserCodeRequest", "ExchangeLoginCodeRequest"],
    answer: ["BrowserTokenResponse"],
    setsCookie: true,
    errors: [...withGrant, "session_expired"],
  }),
  page({
    path: "/refresh-token",
    id: "refreshToken",
    summary: "Refresh a page's session",
    description:
      "With the session cookie, or in delivery `sealed` with the sealed value. A refresh token in clear is never taken from a page.",
    cookies: ["session"],
    request: ["BrowserRefreshTokenRequest"],
    answer: ["BrowserTokenResponse"],
    setsCookie: true,
    errors: [...withGrant, "session_expired"],
  }),
  page({
    path: "/token",
    id: "token",
    summary: "Redeem either grant, as an OAuth 2.0 token endpoint",
    description:
      "For ordinary OAuth client libraries (RFC 6749 §3.2). `grant_type` says which grant it is; all else is as in `exchange-code` and `refresh-token`.",
    cookies: ["login", "session"],
    mediaTypes: [form, json],
    request: ["BrowserTokenRequest"],
    answer: ["BrowserTokenResponse"],
    setsCookie: true,
    errors: [...withGrant, "session_expired"],
  }),
  page({
    path: "/start-login",
    id: "startLogin",
    summary: "Begin a page's sign-in",
    description:
      "Answers where the page goes next, and keeps nonce and PKCE verifier in a sealed cookie of ten minutes. To `state` alone, answers whether the browser sent that cookie back, and changes no cookie. Not in delivery `sealed`.",
    cookies: ["login"],
    request: ["StartLoginRequest", "CheckLoginRequest"],
    answer: ["StartLoginResponse", "CheckLoginResponse"],
    setsCookie: true,
    errors: withClientSecret,
  }),
  page({
    path: "/revoke-token",
    id: "revokeToken",
    summary: "End a page's session",
    description:
      "Revokes the refresh token at SuperOffice (RFC 7009). The session cookie goes whatever SuperOffice says.",
    cookies: ["session"],
    request: ["RevokeTokenRequest"],
    answer: ["RevokeTokenResponse"],
    setsCookie: true,
    errors: [...atSuperOffice, "client_rejected"],
  }),
  signed({
    path: "/signed/exchange-code",
    id: "signedExchangeCode",
    summary: "Redeem an authorization code",
    description: "The answer has the refresh token in clear, and every claim.",
    request: ["ExchangeCodeRequest"],
    answer: ["TokenResponse"],
    errors: withGrant,
  }),
  signed({
    path: "/signed/refresh-token",
    id: "signedRefreshToken",
    summary: "Redeem a refresh token",
    description: "The `refresh_token` of the answer is the one to keep from now on.",
    request: ["RefreshTokenRequest"],
    answer: ["TokenResponse"],
    errors: withGrant,
  }),
  signed({
    path: "/signed/token",
    id: "signedToken",
    summary: "Redeem either grant, as an OAuth 2.0 token endpoint",
    description: "`grant_type` says which grant it is (RFC 6749 §3.2).",
    mediaTypes: [form, json],
    request: ["TokenRequest"],
    answer: ["TokenResponse"],
    errors: withGrant,
  }),
  signed({
    path: "/signed/revoke-token",
    id: "signedRevokeToken",
    summary: "Revoke a refresh token",
    description: "Also a success for a token that was unknown or dead already (RFC 7009 §2.2).",
    request: ["SignedRevokeTokenRequest"],
    answer: ["RevokeTokenResponse"],
    errors: [...atSuperOffice, "client_rejected"],
  }),
  signed({
    path: "/signed/authenticate-system-user",
    id: "signedAuthenticateSystemUser",
    summary: "Sign in as the application's system user of a tenant",
    description:
      "For work without a user. The function signs with the application's private key; what comes back is a ticket.",
    request: ["AuthenticateSystemUserRequest"],
    answer: ["AuthenticateSystemUserResponse"],
    errors: [
      ...withIdToken,
      "system_user_rejected",
      "signing_key_rejected",
      "clock_rejected",
      "tenant_mismatch",
    ],
  }),
  signed({
    path: "/signed/health",
    id: "signedHealth",
    summary: "Tell how the deployment is",
    description:
      "An outage of Secrets Manager or of SuperOffice is told in the answer. Nothing in it is secret.",
    request: ["EmptyRequest"],
    answer: ["HealthResponse"],
    errors: everyFunction,
  }),
]
