import {
  daysUntil,
  expiryNoticeDays,
  formatDate,
  parseDate,
  parseExpiry,
  unreadableExpiry,
} from "../../lib/credentials/expiry.ts"
import { CommandFailure } from "../failure.ts"
import type { SecretDocument } from "./document.ts"

/** Throws `CommandFailure` for a value of `--expires` that is not a day to come. */
export function checkExpires(text: string, now = new Date()): void {
  const date = parseDate(text)
  if (date === undefined) {
    throw new CommandFailure(
      "--expires must be the date that SuperOffice's developer portal shows for the client secret, in the form YYYY-MM-DD: " +
        "nothing was changed.",
    )
  }
  if (daysUntil(date, now) > 0) return
  throw new CommandFailure(
    `--expires ${text} is not a date to come: nothing was changed. A client secret that has expired is replaced by a new one ` +
      "of SuperOffice's developer portal.",
  )
}

/** The document with this date, or without one. */
export function withExpiry(document: SecretDocument, expires: unknown): SecretDocument {
  const others = Object.entries(document).filter(([name]) => name !== "client_secret_expires")
  return Object.fromEntries(expires === undefined ? others : [...others, ["client_secret_expires", expires]])
}

/** What status says of the date, with the command line that stores another. Nothing if there is none. */
export function expiryLines(
  { client_secret_expires: member }: SecretDocument,
  replace: string,
  now = new Date(),
): string[] {
  const expires = parseExpiry(member)
  if (expires === undefined) return []
  if (expires === "unreadable") {
    return [unreadableExpiry, "Next, with return at its question, which keeps the client secret:", replace]
  }
  const days = daysUntil(expires, now)
  const date = formatDate(expires)
  const finding =
    days < 0
      ? `its client secret expired on ${date}, ${inDays(-days)} ago`
      : `its client secret expires on ${date}, ${days === 0 ? "today" : `in ${inDays(days)}`}`
  return days > expiryNoticeDays ? [finding] : [finding, `Next: ${replace}`]
}

/** What replace says of the date beforehand. `mayBeKept` if the operator may give no new client secret. */
export function plannedExpiry(
  { client_secret_expires: old }: SecretDocument,
  expires: string | undefined,
  mayBeKept: boolean,
): string {
  if (expires !== undefined) return `expiry date: ${expires}`
  if (old === undefined || old === null) return "expiry date: none; --expires YYYY-MM-DD stores it"
  return (
    "expiry date: removed, because the new client secret has another; --expires YYYY-MM-DD stores it" +
    (mayBeKept ? "; kept if the client secret is" : "")
  )
}

function inDays(days: number): string {
  return days === 1 ? "1 day" : `${days} days`
}
