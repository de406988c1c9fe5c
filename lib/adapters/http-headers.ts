import type { IncomingHttpHeaders } from "node:http"

const retryAfter = { minSeconds: 1, maxSeconds: 86_400, unreadableSeconds: 60 } as const

/**
 * Reads `Retry-After` in both its forms, seconds and a date (RFC 9110 §10.2.3): 1 to 86,400 seconds, and 60 when it cannot
 * be read. A date counts from the answer's own `Date`, because our clock may differ. Undefined when it is absent.
 */
export function retryAfterSeconds(headers: IncomingHttpHeaders, now: Date): number | undefined {
  const value = headers["retry-after"]
  if (value === undefined) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : secondsUntil(value, dateOf(headers, now) ?? now, now)
  if (seconds === undefined) return retryAfter.unreadableSeconds
  return Math.min(retryAfter.maxSeconds, Math.max(retryAfter.minSeconds, seconds))
}

function secondsUntil(value: string, from: Date, now: Date): number | undefined {
  const date = parseHttpDate(value, now)
  return date && Math.ceil((date.getTime() - from.getTime()) / 1000)
}

/** The `Date` header. Undefined when it is absent or cannot be read. */
export function dateOf(headers: IncomingHttpHeaders, now: Date): Date | undefined {
  return parseHttpDate(headers.date ?? "", now)
}

/** The three forms of a date in HTTP, with their parts by name (RFC 9110 §5.6.7). */
const dateForms = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // Sunday, 06-Nov-94 08:49:37 GMT
  /^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // Sun Nov  6 08:49:37 1994
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
]

function parseHttpDate(text: string, now: Date): Date | undefined {
  for (const form of dateForms) {
    const parts = form.exec(text)?.groups
    if (parts === undefined) continue
    const { day = "", month = "", year = "", time = "" } = parts
    const date = new Date(`${day} ${month} ${fullYear(year, now)} ${time} GMT`)
    return Number.isNaN(date.getTime()) ? undefined : date
  }
  return undefined
}

/** A year of two digits is the one that is at most 50 years ahead (RFC 9110 §5.6.7). */
function fullYear(year: string, now: Date): number {
  if (year.length === 4) return Number(year)
  const latest = now.getUTCFullYear() + 50
  const inThisCentury = latest - (latest % 100) + Number(year)
  return inThisCentury > latest ? inThisCentury - 100 : inThisCentury
}
