import { readStackOptions, stackUsage, type StackOptions } from "../deployment/options.ts"
import { useDeployment } from "../deployment/use.ts"
import { CommandFailure } from "../failure.ts"
import { runFramework } from "../package/framework.ts"
import type { Program } from "../run.ts"
import { explainStackFailure } from "./failure.ts"
import { readIdentity } from "./identity.ts"
import { printRemainder, printRemoval } from "./removal.ts"
import { openStack } from "./stack.ts"
import { confirm, print } from "../terminal.ts"

const usage = `Usage: npm run remove -- --stage NAME [options]

Removes the stack of a stage. Says what goes and what stays, and asks.

${stackUsage}
  --yes                 does not ask for confirmation`

/** `npm run remove`. */
export const remove: Program<StackOptions> = { usage, readOptions: () => readStackOptions("remove"), execute }

async function execute({ deployment: chosen, ...options }: StackOptions): Promise<boolean> {
  useDeployment(chosen)
  const { accountId, region } = await readIdentity()
  const deployment = { ...chosen, region }
  const stack = openStack(deployment.stage)
  const found = await stack.describe()
  if (found === undefined) {
    throw new CommandFailure(`There is no stack ${stack.name} in ${region} of the account ${accountId}.`)
  }
  print(`${stack.name} in ${region} of the account ${accountId}`)
  printRemoval(await stack.resources(), found, deployment)
  if (!options.yes && !(await confirm("Remove it?"))) {
    print("Nothing was changed.")
    return false
  }
  const began = new Date()
  const { succeeded, output } = await runFramework("remove", { ...options, deployment })
  if (!succeeded) throw await explainStackFailure(stack, began, output)
  printRemainder(deployment.settings, region)
  return true
}
