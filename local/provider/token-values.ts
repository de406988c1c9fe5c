import { randomBytes, randomInt } from "node:crypto"

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/** A code or a refresh token as SuperOffice makes them: 64 random letters and digits. */
export function opaqueValue(): string {
  return Array.from({ length: 64 }, () => alphanumeric.charAt(randomInt(alphanumeric.length))).join("")
}

/**
 * An access token as SuperOffice makes them: `8A:`, the tenant, a dot and standard base64. The known real ones
 * contain 517 encrypted bytes; these contain as many random ones, so that `+`, `/` and `=` occur.
 */
export function accessTokenValue(ctx: string): string {
  return `8A:${ctx}.${randomBytes(517).toString("base64")}`
}

/** A ticket as SuperOffice makes them: `7T:` and base64 of text in UTF-16. */
export function ticketValue(): string {
  return `7T:${Buffer.from(opaqueValue(), "utf16le").toString("base64")}`
}
