/** A time as the commands print it: UTC, to the second. */
export function formatTime(date: Date | undefined): string {
  return date?.toISOString().replace(/\.\d+Z$/, "Z") ?? "at an unknown time"
}
