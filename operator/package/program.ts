import { buildUsage, readStackOptions, stackUsage, type StackOptions } from "../deployment/options.ts"
import type { Program } from "../run.ts"
import { print } from "../terminal.ts"
import { preparePackage } from "./prepare.ts"

const usage = `Usage: npm run package -- --stage NAME [options]

Checks the settings, packages the service into .serverless, and prints what would be deployed. Needs no credentials.

${stackUsage}${buildUsage}`

/** `npm run package`. */
export const packageProgram: Program<StackOptions> = {
  usage,
  readOptions: () => readStackOptions("package"),
  execute: async (options) => {
    await preparePackage(options)
    print(`Nothing was deployed. Next: npm run deploy -- --stage ${options.deployment.stage}`)
    return true
  },
}
