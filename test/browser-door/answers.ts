import { ExchangeError } from "../../lib/errors.ts"
import type { HttpAnswer } from "../../lib/ports.ts"
import { requestId } from "../support/front-door.ts"

/** SuperOffice's answer to a revocation. */
export const revokedAnswer: HttpAnswer = { status: 200, retryAfterSeconds: undefined, body: "" }

/** No answer of SuperOffice's. */
export const reset = new ExchangeError("upstream_unavailable", "reset")

/** What a page is told of a revocation. */
export const revoked = { revoked: true, end_session_url: "https://sod.superoffice.com/login/logout" }

/** What a page is told of a failure, but for the words. */
export function failure(code: string, changes: object = {}): object {
  return { code, request_id: requestId, retryable: false, ...changes }
}
