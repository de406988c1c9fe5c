/** Prints the reasons and ends the process with exit code 1. */
export function fail(...reasons: readonly string[]): never {
  for (const reason of reasons) console.error(reason)
  process.exit(1)
}
