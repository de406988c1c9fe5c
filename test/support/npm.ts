import { execFile, type ExecFileOptions } from "node:child_process"
import { promisify } from "node:util"
import { npmCommand } from "../../scripts/npm.ts"

const run = promisify(execFile)

/** Runs npm to its end, and returns what it wrote to stdout. Rejects when it fails. */
export async function npm(args: readonly string[], options: ExecFileOptions = {}): Promise<string> {
  const [program, ...first] = npmCommand()
  const { stdout } = await run(program, [...first, ...args], { ...options, encoding: "utf8" })
  return stdout
}
