/** A point in time as OAuth and JWT write it: whole Unix seconds, rounded down (RFC 7519 §2, NumericDate). */
export function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
