import type { Config } from "./config.ts"
import type { Caller } from "./door.ts"
import { ExchangeError, requestInvalid } from "./errors.ts"
import { fieldLimits, optionalText, requiredText, type Fields } from "./fields.ts"
import { Secret } from "./secret.ts"

/** An authorization code with everything it must be redeemed and checked with (RFC 6749 §4.1.3). */
export interface CodeGrant {
  readonly type: "authorization_code"
  readonly code: Secret
  readonly redirectUri: string
  readonly codeVerifier: Secret | undefined
  readonly nonce: string | undefined
  /** The caller's `client_id`; when given it must be ours. */
  readonly clientId: string | undefined
}

/** A refresh token and the user it should still be for (RFC 6749 §6, OIDC Core §12.2). */
export interface RefreshGrant {
  readonly type: "refresh_token"
  readonly refreshToken: Secret
  readonly sub: string | undefined
  readonly ctx: string | undefined
  /** The caller's `client_id`; when given it must be ours. */
  readonly clientId: string | undefined
}

export type Grant = CodeGrant | RefreshGrant

export type GrantReader<G extends Grant = Grant> = (fields: Fields, caller: Caller, config: Config) => G

/** Reads the request of `token`: `grant_type` says which of the two it is. */
export function readGrant(fields: Fields, caller: Caller, config: Config): Grant {
  const type = requiredText(fields, "grant_type")
  if (type === "refresh_token") return readRefreshGrant(fields, caller)
  return readCodeGrant(fields, caller, config)
}

/** Reads the request of `exchange-code`. Throws `request_invalid` or `grant_unsupported`. */
export function readCodeGrant(fields: Fields, caller: Caller, config: Config): CodeGrant {
  expectGrantType(fields, "authorization_code")
  refuseClientSecret(fields)
  const code = requiredText(fields, "code", fieldLimits.token)
  const redirectUri = readRedirectUri(fields, caller, config)
  const codeVerifier = readCodeVerifier(fields, caller)
  const nonce = optionalText(fields, "nonce")
  const issuer = optionalText(fields, "iss")
  if (issuer !== undefined && issuer !== config.endpoints.issuer) {
    throw requestInvalid('"iss" must be the issuer that this service uses (RFC 9207 §2.4).')
  }
  return {
    type: "authorization_code",
    code: new Secret(printable("code", code)),
    redirectUri,
    codeVerifier: codeVerifier === undefined ? undefined : new Secret(codeVerifier),
    nonce,
    clientId: optionalText(fields, "client_id"),
  }
}

/** Reads the request of `refresh-token`. Throws `request_invalid`, `grant_unsupported` or `session_expired`. */
export function readRefreshGrant(fields: Fields, caller: Caller): RefreshGrant {
  expectGrantType(fields, "refresh_token")
  refuseClientSecret(fields)
  if (caller.door === "browser") {
    // Only a value that we sealed may stand for a refresh token here, and nothing is sealed yet.
    throw new ExchangeError("session_expired", "a page asked for a refresh without a sealed session")
  }
  const refreshToken = requiredText(fields, "refresh_token", fieldLimits.token)
  return {
    type: "refresh_token",
    refreshToken: new Secret(printable("refresh_token", refreshToken)),
    sub: optionalText(fields, "sub"),
    ctx: optionalText(fields, "ctx"),
    clientId: optionalText(fields, "client_id"),
  }
}

function expectGrantType(fields: Fields, expected: Grant["type"]): void {
  const type = optionalText(fields, "grant_type")
  if (type !== undefined && type !== expected) {
    throw new ExchangeError("grant_unsupported", `"grant_type" must be ${expected}`)
  }
}

/** The secret is ours to know: a caller that sends one has it where it must not be. */
function refuseClientSecret(fields: Fields): void {
  if (Object.hasOwn(fields, "client_secret")) throw requestInvalid('"client_secret" must not be sent.')
}

/** Codes and tokens are VSCHAR (RFC 6749 Appendix A.11, A.17). */
function printable(name: string, value: string): string {
  if (/^[\x20-\x7e]+$/.test(value)) return value
  throw requestInvalid(`"${name}" must be printable ASCII.`)
}

/**
 * The redirect URI goes to SuperOffice byte for byte. We check it too, since registrations there may be patterns
 * (RFC 9700 §2.1). What parsers disagree on (`\`, user names, white space) is refused before an origin is taken.
 */
function readRedirectUri(fields: Fields, caller: Caller, config: Config): string {
  const uri = requiredText(fields, "redirect_uri")
  if (!/^[\x21-\x7e]+$/.test(uri) || /[\\#]/.test(uri) || !URL.canParse(uri)) {
    throw requestInvalid('"redirect_uri" must be an absolute URI without fragment (RFC 6749 §3.1.2).')
  }
  const { origin, username, password } = new URL(uri)
  const allowed = config.allowedRedirectUris
    ? config.allowedRedirectUris.has(uri)
    : caller.door !== "browser" || (config.allowedOrigins.has(origin) && !username && !password)
  if (!allowed) throw requestInvalid('"redirect_uri" must be one that this service allows.')
  return uri
}

function readCodeVerifier(fields: Fields, caller: Caller): string | undefined {
  // Without it a page could be made to redeem somebody else's code (RFC 9700 §2.1.1).
  const verifier =
    caller.door === "browser" ? requiredText(fields, "code_verifier") : optionalText(fields, "code_verifier")
  if (verifier === undefined || /^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return verifier
  throw requestInvalid('"code_verifier" must be 43 to 128 unreserved characters (RFC 7636 §4.1).')
}
