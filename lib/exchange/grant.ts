import { keepsCookies, type Config } from "../config.ts"
import type { BrowserCaller, Caller } from "../request/caller.ts"
import { ExchangeError, requestInvalid } from "../errors.ts"
import { fieldLimits, optionalText, requiredText, type Fields } from "../request/fields.ts"
import { Secret } from "../secret.ts"
import { sessionCookieName, sessionCookiePrefix } from "../session/cookie-names.ts"

/** An authorization code, and what is needed to redeem it and to check the answer (RFC 6749 §4.1.3). */
export interface CodeGrant {
  readonly type: "authorization_code"
  readonly code: Secret
  readonly redirectUri: string
  readonly codeVerifier: Secret | undefined
  readonly nonce: string | undefined
  /** The caller's `client_id`; when given it must be ours. */
  readonly clientId: string | undefined
}

/** A refresh token, and the user and tenant that the new ID Token must be for (RFC 6749 §6, OIDC Core §12.2). */
export interface RefreshGrant {
  readonly type: "refresh_token"
  readonly refreshToken: Secret
  readonly sub: string | undefined
  readonly ctx: string | undefined
  /** When a page's session began; undefined for other callers. */
  readonly signedInAt: Date | undefined
  /** The caller's `client_id`; when given it must be ours. */
  readonly clientId: string | undefined
}

/** A grant in clear, as SuperOffice redeems it. */
export type Grant = CodeGrant | RefreshGrant

/** A page's code whose verifier, nonce and redirect URI are sealed in the login cookie of its `state`. */
export interface LoginCode {
  readonly type: "login_code"
  readonly code: Secret
  readonly state: string
  readonly clientId: string | undefined
}

/** A page's sealed refresh token, or those of several tenants. */
export interface SealedRefresh {
  readonly type: "sealed_refresh"
  readonly sealed: readonly SealedSession[]
  /** The user and tenant that the page expects. When given, they must be those of the session. */
  readonly sub: string | undefined
  readonly ctx: string | undefined
  readonly clientId: string | undefined
}

/** A page's session as it came. */
export interface SealedSession {
  readonly value: string
  /** The name of its cookie. Undefined in delivery `sealed`. */
  readonly cookie: string | undefined
}

/** The grant of a request. A page's may be sealed, and is opened before it is redeemed. */
export type RequestedGrant = Grant | LoginCode | SealedRefresh

/** Reads a grant from the fields of a request. Throws `request_invalid`, `grant_unsupported` or `session_expired`. */
export type GrantReader = (fields: Fields, caller: Caller, config: Config) => RequestedGrant

/** Reads the request of `token`, where `grant_type` is required. Throws what the reader of that grant throws. */
export function readGrant(fields: Fields, caller: Caller, config: Config): RequestedGrant {
  const type = requiredText(fields, "grant_type")
  if (type === "refresh_token") return readRefreshGrant(fields, caller, config)
  return readCodeGrant(fields, caller, config)
}

/** Reads the request of `exchange-code`. Throws `request_invalid` or `grant_unsupported`. */
export function readCodeGrant(fields: Fields, caller: Caller, config: Config): CodeGrant | LoginCode {
  expectGrantType(fields, "authorization_code")
  const code = readToken(fields, "code")
  checkIssuer(fields, config)
  const clientId = optionalText(fields, "client_id")
  if (caller.door === "browser" && hasLoginCookie(fields, config)) {
    requireCsrfHeader(caller)
    return { type: "login_code", code, state: requiredText(fields, "state"), clientId }
  }
  const redirectUri = readRedirectUri(fields, caller, config)
  const codeVerifier = readCodeVerifier(fields, caller)
  const nonce = optionalText(fields, "nonce")
  return { type: "authorization_code", code, redirectUri, codeVerifier, nonce, clientId }
}

/** RFC 9207 §2.4: simple string comparison. */
function checkIssuer(fields: Fields, config: Config): void {
  const issuer = optionalText(fields, "iss")
  if (issuer !== undefined && issuer !== config.endpoints.issuer) {
    throw requestInvalid('"iss" must be the issuer that this service uses (RFC 9207 §2.4).')
  }
}

/** A page that used `start-login` sends the `state` instead of a verifier, which it never had. */
function hasLoginCookie(fields: Fields, config: Config): boolean {
  const hasOnlyState = Object.hasOwn(fields, "state") && !Object.hasOwn(fields, "code_verifier")
  return hasOnlyState && keepsCookies(config)
}

/** Reads the request of `refresh-token`. Throws `request_invalid`, `grant_unsupported` or `session_expired`. */
export function readRefreshGrant(
  fields: Fields,
  caller: Caller,
  config: Config,
): RefreshGrant | SealedRefresh {
  expectGrantType(fields, "refresh_token")
  const clientId = optionalText(fields, "client_id")
  const sub = optionalText(fields, "sub")
  const ctx = optionalText(fields, "ctx")
  if (caller.door === "browser") {
    const sealed = readSealedSessions(fields, "refresh_token", caller, config)
    if (sealed.length === 0) throw new ExchangeError("session_expired", "the page has no session")
    return { type: "sealed_refresh", sealed, sub, ctx, clientId }
  }
  return {
    type: "refresh_token",
    refreshToken: readToken(fields, "refresh_token"),
    sub,
    ctx,
    signedInAt: undefined,
    clientId,
  }
}

/** How many sessions one request opens, so that a request does not decide how much work it is. */
const maxOpened = 8

/**
 * Reads a page's sealed sessions from its cookies or, in delivery `sealed`, from the field `name`. With a `ctx`, only the
 * cookie of that tenant. Throws `request_invalid` when cookies come without the CSRF header. Nothing is opened.
 */
export function readSealedSessions(
  fields: Fields,
  name: string,
  caller: BrowserCaller,
  config: Config,
): readonly SealedSession[] {
  if (!keepsCookies(config)) {
    const value = optionalText(fields, name, fieldLimits.token)
    return value === undefined ? [] : [{ value, cookie: undefined }]
  }
  requireCsrfHeader(caller)
  const ctx = optionalText(fields, "ctx")
  const { origin, cookies } = caller
  const isWanted = (cookie: string): boolean =>
    ctx === undefined
      ? cookie.startsWith(sessionCookiePrefix(origin))
      : cookie === sessionCookieName(origin, ctx)
  return [...cookies.byName]
    .map(([cookie, value]) => ({ cookie, value }))
    .filter(({ cookie }) => isWanted(cookie))
    .slice(-maxOpened)
}

/** Reads a code or a token. Throws `request_invalid` unless it is VSCHAR (RFC 6749 Appendix A.11, A.17). */
export function readToken(fields: Fields, name: string): Secret {
  const value = requiredText(fields, name, fieldLimits.token)
  if (/^[\x20-\x7e]+$/.test(value)) return new Secret(value)
  throw requestInvalid(`"${name}" must be printable ASCII.`)
}

/**
 * Throws `request_invalid` for a page's request without the CSRF header. A request that relies on a cookie must have a
 * header that needs a preflight (RFC 10017 §6.1.3.3.2).
 */
export function requireCsrfHeader({ hasCsrfHeader }: BrowserCaller): void {
  if (hasCsrfHeader) return
  throw requestInvalid(
    "A request that relies on a cookie must be application/json with the header X-CSRF: 1.",
  )
}

function expectGrantType(fields: Fields, expected: Grant["type"]): void {
  const type = optionalText(fields, "grant_type")
  if (type !== undefined && type !== expected) {
    throw new ExchangeError("grant_unsupported", `"grant_type" must be ${expected}`)
  }
}

/**
 * Reads the redirect URI, which goes to SuperOffice byte for byte. Throws `request_invalid`: we check it too, because
 * registrations there may be patterns (RFC 9700 §2.1). Refuses what parsers disagree on (`\`, white space) before it looks
 * at the origin.
 */
export function readRedirectUri(fields: Fields, caller: Caller, config: Config): string {
  const uri = requiredText(fields, "redirect_uri")
  if (!/^[\x21-\x7e]+$/.test(uri) || /[\\#]/.test(uri) || !URL.canParse(uri)) {
    throw requestInvalid('"redirect_uri" must be an absolute URI without fragment (RFC 6749 §3.1.2).')
  }
  const allowed = config.allowedRedirectUris
    ? config.allowedRedirectUris.has(uri)
    : caller.door !== "browser" || isOnAllowedOrigin(uri, config)
  if (!allowed) throw requestInvalid('"redirect_uri" must be one that this service allows.')
  return uri
}

/** Accepts an origin as it is listed, then a path or a query. Refuses a user name and other spellings of the origin. */
function isOnAllowedOrigin(uri: string, { allowedOrigins }: Config): boolean {
  const { origin } = new URL(uri)
  return (
    allowedOrigins.has(origin) && uri.startsWith(origin) && /^(?:[/?].*)?$/.test(uri.slice(origin.length))
  )
}

function readCodeVerifier(fields: Fields, caller: Caller): Secret | undefined {
  // Without it a page could be made to redeem somebody else's code (RFC 9700 §2.1.1).
  const verifier =
    caller.door === "browser" ? requiredText(fields, "code_verifier") : optionalText(fields, "code_verifier")
  if (verifier === undefined) return undefined
  if (/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return new Secret(verifier)
  throw requestInvalid('"code_verifier" must be 43 to 128 unreserved characters (RFC 7636 §4.1).')
}
