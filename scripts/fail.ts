/** Ends the program as failed, and says why. */
export function fail(...reasons: readonly string[]): never {
  for (const reason of reasons) console.error(reason)
  process.exit(1)
}
