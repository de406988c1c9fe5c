import { buildUsage, readStackOptions, stackUsage } from "./deployment/options.ts"
import { preparePackage } from "./package/prepare.ts"
import { run } from "./run.ts"
import { print } from "./terminal.ts"

const usage = `Usage: npm run package -- --stage NAME [options]

Checks the settings, packages the service into .serverless, and prints what would be deployed. Needs no credentials.

${stackUsage}${buildUsage}`

await run(async () => {
  const options = readStackOptions("package")
  if (!options) {
    print(usage)
    return true
  }
  await preparePackage(options)
  print(`Nothing was deployed. Next: npm run deploy -- --stage ${options.deployment.stage}`)
  return true
})
