import type { RunningCommand } from "./command.ts"

/** Waits until `consent` listens. Returns the address of the sign-in. */
export async function signInAddress(command: Pick<RunningCommand, "said" | "printed">): Promise<URL> {
  await command.said("docs/secrets.md.")
  return new URL(/^ {2}(http\S+)\r?$/m.exec(command.printed())?.[1] ?? "")
}
