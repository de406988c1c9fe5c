import { ExchangeError } from "../errors.ts"
import type { HttpAnswer } from "../ports.ts"

/**
 * True for a status that says "not now", whatever the body says: 5xx, 408 (RFC 9110 §15.5.9), 425 (RFC 8470 §5.2) and 429
 * (RFC 6585 §4).
 */
export function isOutage(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429
}

/** True for a status that refuses the request: 4xx, except an outage. Its body may say why. */
export function isRefusal(status: number): boolean {
  return status >= 400 && !isOutage(status)
}

/** Throws `upstream_unavailable` for an outage. */
export function checkOutage({ status, retryAfterSeconds }: HttpAnswer): void {
  if (!isOutage(status)) return
  throw new ExchangeError("upstream_unavailable", `SuperOffice answered ${status}`, { retryAfterSeconds })
}

/** Returns the body. Throws the reason when it cannot be read, with the wait that the answer's head asks for. */
export function readBody({ body, unreadable, retryAfterSeconds }: HttpAnswer): string {
  if (unreadable) throw unreadable.withRetryAfter(retryAfterSeconds)
  return body
}
