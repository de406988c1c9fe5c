import type { ClientCredentials } from "../ports.ts"
import type { RequestContext } from "../request/context.ts"
import type { Warning } from "../request/request-log.ts"

/** How many days before a client secret expires its operator is told. */
export const expiryNoticeDays = 30

/** The sentence for a `client_secret_expires` that is not a date. */
export const unreadableExpiry = '"client_secret_expires" of the secret is not a date of the form YYYY-MM-DD'

const dayMs = 24 * 3_600_000

/** Parses a date of the form YYYY-MM-DD. Undefined if it is none, or if the calendar does not have that day. */
export function parseDate(value: unknown): Date | undefined {
  // ISO 8601 also has years with a sign.
  if (typeof value !== "string" || !/^\d/.test(value)) return undefined
  const date = new Date(value)
  // Only a date of this form is equal to it. V8 makes 2 March of 30 February.
  return !Number.isNaN(date.getTime()) && formatDate(date) === value ? date : undefined
}

/** The date in UTC: YYYY-MM-DD. */
export function formatDate(date: Date): string {
  return date.toISOString().slice(0, "YYYY-MM-DD".length)
}

/** Reads the member `client_secret_expires`. Never throws, because SuperOffice does not enforce the date. */
export function parseExpiry(member: unknown): ClientCredentials["expires"] {
  return member === undefined || member === null ? undefined : (parseDate(member) ?? "unreadable")
}

/** Days from today to a date, both in UTC; negative if it has passed. */
export function daysUntil(date: Date, now: Date): number {
  return Math.floor(date.getTime() / dayMs) - Math.floor(now.getTime() / dayMs)
}

/**
 * Warns of a client secret that expires soon or has expired, and of a date that cannot be read. Warns once for each read of the
 * secret, because otherwise every request of the last 30 days would have a warning.
 */
export function warnOfExpiry(
  credentials: ClientCredentials,
  { ports, requestLog }: Pick<RequestContext, "ports" | "requestLog">,
): void {
  const warning = warningOf(credentials.expires, ports.now())
  if (warning === undefined || warnedOf.has(credentials)) return
  warnedOf.add(credentials)
  requestLog.warn(warning)
}

/** Every read of the secret makes a new object. */
const warnedOf = new WeakSet<ClientCredentials>()

function warningOf(expires: ClientCredentials["expires"], now: Date): Warning | undefined {
  if (expires === undefined) return undefined
  if (expires === "unreadable") return "client_secret_expires_unreadable"
  return daysUntil(expires, now) <= expiryNoticeDays ? "client_secret_expiring" : undefined
}
