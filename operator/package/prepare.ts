import { CommandFailure } from "../failure.ts"
import type { StackOptions } from "../deployment/options.ts"
import { print } from "../terminal.ts"
import { build, runFramework } from "./framework.ts"
import { keepPackage, lastPackage, readPackage } from "./package.ts"
import { printSummary } from "./summary.ts"

/** Builds the functions, packages the service into `.serverless`, and prints what would be deployed. */
export async function preparePackage(options: StackOptions): Promise<void> {
  if (options.builds) await build()
  const { succeeded, output } = await runFramework("package", options)
  if (!succeeded) throw new CommandFailure(`The service cannot be packaged:\n\n${output}`)
  const current = readPackage()
  if (current === undefined) throw new CommandFailure("The framework left no package in .serverless.")
  printSummary(current, lastPackage(current.stage), options.deployment)
  keepPackage(current)
  print()
}
