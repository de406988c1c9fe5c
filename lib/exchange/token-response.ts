import { ExchangeError } from "../errors.ts"
import { checkOutage, isRefusal, readBody } from "../superoffice/answer.ts"
import { parseObject, parseWholeNumber } from "../json.ts"
import type { HttpAnswer } from "../ports.ts"

/** SuperOffice's token response (RFC 6749 §5.1), checked for shape; its ID Token is not yet verified. */
export interface UpstreamTokens {
  readonly accessToken: string
  readonly expiresInSeconds: number
  readonly scope: string
  readonly refreshToken: string | undefined
  readonly unverifiedIdToken: string
}

/** The documented lifetime of an access token, used when the answer has none. */
const defaultExpiresInSeconds = 3_600

/** The only scope that can be requested. An answer without a scope grants what was requested (RFC 6749 §5.1). */
const defaultScope = "openid"

/**
 * Reads the answer to a token request.
 *
 * Throws `grant_rejected` when SuperOffice refused the grant or our credentials without saying which, `client_rejected`
 * when it says that the client is wrong, `upstream_unavailable` for an outage, `upstream_invalid` for anything else.
 */
export function parseTokenResponse(answer: HttpAnswer): UpstreamTokens {
  checkOutage(answer)
  const { status } = answer
  if (isRefusal(status)) throw readRejection(answer)
  if (status !== 200) throw invalid(`the status is ${status}`)
  const body = parseObject(readBody(answer))
  if (body === undefined) throw invalid("the body is not a JSON object")
  if (Object.hasOwn(body, "error") && body.error !== "") throw invalid("a 200 carries an error")
  return readTokens(body)
}

/** True for a status whose answer cannot be understood without its body. */
export function tokenResponseNeedsBody(status: number): boolean {
  return status === 200 || rejectionNeedsBody(status)
}

/** True for a refusal that only its body explains. */
export function rejectionNeedsBody(status: number): boolean {
  return isRefusal(status) && status !== 401
}

/**
 * The error that a rejection means (RFC 6749 §5.2): `client_rejected`, `grant_rejected` or `upstream_invalid`. So far
 * SuperOffice has only answered `access_denied`, for an invalid grant as well as for a wrong secret. Throws when the body
 * is needed and cannot be read.
 */
export function readRejection(answer: HttpAnswer): ExchangeError {
  const { status } = answer
  const error = rejectionNeedsBody(status) ? parseObject(readBody(answer))?.error : undefined
  if (status === 401 || error === "invalid_client" || error === "unauthorized_client") {
    return new ExchangeError("client_rejected", "SuperOffice says that the client is wrong")
  }
  if (error === "access_denied" || error === "invalid_grant") {
    return new ExchangeError(
      "grant_rejected",
      "SuperOffice refused the grant, or the client: it does not say which",
    )
  }
  return invalid(`the status is ${status}, without an error that we know`)
}

function readTokens(body: Readonly<Record<string, unknown>>): UpstreamTokens {
  const { token_type: type, access_token: accessToken, id_token: idToken } = body
  // RFC 6749 §5.1 and §7.1: the type is case-insensitive, and an unknown one must not be used.
  if (typeof type !== "string" || type.toLowerCase() !== "bearer")
    throw invalid("the token type is not Bearer")
  if (typeof accessToken !== "string" || accessToken === "") throw invalid("there is no access token")
  if (typeof idToken !== "string" || idToken === "") throw invalid("there is no ID Token")
  return {
    accessToken,
    expiresInSeconds: readExpiresIn(body.expires_in),
    scope: nonEmptyText(body.scope) ?? defaultScope,
    refreshToken: nonEmptyText(body.refresh_token),
    unverifiedIdToken: idToken,
  }
}

function readExpiresIn(value: unknown): number {
  if (value === undefined) return defaultExpiresInSeconds
  const seconds = parseWholeNumber(value)
  if (seconds) return seconds
  throw invalid("expires_in is not a positive whole number of seconds")
}

function nonEmptyText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}

function invalid(what: string): ExchangeError {
  return new ExchangeError("upstream_invalid", `SuperOffice's answer is not a token response: ${what}`)
}
