/**
 * A URL that a bearer token may be sent to, as it was written: `https:` on superoffice.com or below it, or the host of a
 * local provider. Undefined for anything else.
 */
export function superOfficeUrl(
  value: unknown,
  { localHost }: { readonly localHost: string | undefined },
): string | undefined {
  // Spelled out, since parsers disagree on what else may be read as one.
  if (typeof value !== "string" || !/^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i.test(value)) return undefined
  if (!URL.canParse(value)) return undefined
  const { protocol, hostname, port, username, password } = new URL(value)
  if (username || password) return undefined
  if (localHost !== undefined && hostname === localHost) return value
  const isSuperOffice = hostname === "superoffice.com" || hostname.endsWith(".superoffice.com")
  return protocol === "https:" && isSuperOffice && port === "" ? value : undefined
}
