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

const largest = 999_999_999_999

/** A whole number, not negative, of at most 12 digits, as a JSON number or a digit string; undefined for all else. */
export function parseWholeNumber(value: unknown): number | undefined {
  if (typeof value === "string") return /^\d{1,12}$/.test(value) ? Number(value) : undefined
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined
  return value >= 0 && value <= largest ? value : undefined
}
