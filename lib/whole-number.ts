const largest = 999_999_999_999

/** A whole number, not negative, of at most 12 digits, as a JSON number or a digit string; undefined for all else. */
export function wholeNumber(value: unknown): number | undefined {
  if (typeof value === "string") return /^\d{1,12}$/.test(value) ? Number(value) : undefined
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined
  return value >= 0 && value <= largest ? value : undefined
}
