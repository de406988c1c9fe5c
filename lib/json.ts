/** Parses JSON. Undefined for text that is not JSON: the parser's error is dropped, because it quotes its input. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** True for a JSON object: not null, not an array. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/**
 * Parses a JSON object, without its members that are null: serializers of .NET write null for a member that is absent.
 * Undefined for text that is not a JSON object.
 */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text)
  return isPlainObject(value) ? withoutNulls(value) : undefined
}

/** A JSON object without its members that are null. */
export function withoutNulls(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null))
}

const largest = 999_999_999_999

/** A whole number, not negative, of at most 12 digits, as a JSON number or a digit string. Undefined for anything else. */
export function parseWholeNumber(value: unknown): number | undefined {
  if (typeof value === "string") return /^\d{1,12}$/.test(value) ? Number(value) : undefined
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined
  return value >= 0 && value <= largest ? value : undefined
}

/** A time in Unix seconds, as `parseWholeNumber` reads it. The fraction of a number is cut off (RFC 7519 §2). */
export function parseTime(value: unknown): number | undefined {
  return parseWholeNumber(typeof value === "number" ? Math.floor(value) : value)
}
