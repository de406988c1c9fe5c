import type { ErrorResponse } from "../../lib/contract.ts"
import type { FunctionName, Members } from "./transport.ts"
import { isMembers } from "./transport.ts"

/** True if a body has the members of the function's success. Any server can answer 200. */
export function isSuccess(name: FunctionName, body: Members): boolean {
  return successes[name](body)
}

/** True for an error of the service. A proxy's JSON can have a `code` or an `error`, too, but not all four members. */
export function isServiceError(body: Members): body is Members & ErrorResponse {
  const { error, code, retryable, request_id } = body
  return isText(error) && isText(code) && typeof retryable === "boolean" && isText(request_id)
}

const successes = {
  "exchange-code": isTokenResponse,
  "refresh-token": isTokenResponse,
  token: isTokenResponse,
  "revoke-token": ({ revoked, end_session_url }) => revoked === true && isText(end_session_url),
  "authenticate-system-user": ({ token_type, ticket, expires_at, claims }) =>
    token_type === "SOTicket" && isText(ticket) && Number.isFinite(expires_at) && hasTenant(claims),
  health: ({ status }) => status === "ok" || status === "degraded",
} satisfies Record<FunctionName, (body: Members) => boolean>

function isTokenResponse(body: Members): boolean {
  const { token_type, access_token, expires_in, expires_at, id_token, refresh_token, claims } = body
  return (
    token_type === "Bearer" &&
    isText(access_token) &&
    Number.isFinite(expires_in) &&
    Number.isFinite(expires_at) &&
    isText(id_token) &&
    (refresh_token === undefined || isText(refresh_token)) &&
    hasTenant(claims)
  )
}

function hasTenant(claims: unknown): boolean {
  return isMembers(claims) && isText(claims.ctx)
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== ""
}
