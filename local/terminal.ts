/** The start of a token, and its length. */
export function shorten(token: unknown): string {
  const text = String(token)
  return text.length <= 24 ? text : `${text.slice(0, 20)}… (${text.length} characters)`
}

/** Indented JSON. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll(/^/gm, "     ")
}
