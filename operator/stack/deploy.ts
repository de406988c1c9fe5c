import { buildUsage, readStackOptions, stackUsage, type StackOptions } from "../deployment/options.ts"
import { useDeployment } from "../deployment/use.ts"
import { CommandFailure } from "../failure.ts"
import { runFramework } from "../package/framework.ts"
import { preparePackage } from "../package/prepare.ts"
import type { Program } from "../run.ts"
import { afterwards, explainStackFailure } from "./failure.ts"
import { readIdentity } from "./identity.ts"
import { printResult } from "./result.ts"
import { openStack, type StackReader } from "./stack.ts"
import { print } from "../terminal.ts"

const usage = `Usage: npm run deploy -- --stage NAME [options]

Checks the settings and the credentials, packages the service, deploys it, and prints its address and what to do next.

${stackUsage}${buildUsage}`

/** `npm run deploy`. */
export const deploy: Program<StackOptions> = { usage, readOptions: () => readStackOptions("deploy"), execute }

async function execute({ deployment: chosen, ...options }: StackOptions): Promise<boolean> {
  useDeployment(chosen)
  const { accountId, arn, region } = await readIdentity()
  const deployment = { ...chosen, region }
  const stack = openStack(deployment.stage)
  const isFirst = await checkStatus(stack)
  await preparePackage({ ...options, deployment })
  print(
    `Deploying ${stack.name} to the account ${accountId} in ${region}, as ${arn}. This takes a few minutes.`,
  )
  const began = new Date()
  const { succeeded, output } = await runFramework("deploy", { ...options, deployment }, [
    "--package",
    ".serverless",
  ])
  if (!succeeded) throw await explainStackFailure(stack, began, output)
  const deployed = await stack.describe()
  if (deployed === undefined)
    throw new CommandFailure(`There is no stack ${stack.name} in ${region} afterwards.`)
  print()
  printResult(deployed, deployment, isFirst)
  return true
}

/** Returns whether this is the first deployment. Throws `CommandFailure` if CloudFormation would refuse it. */
async function checkStatus(stack: StackReader): Promise<boolean> {
  const status = (await stack.describe())?.StackStatus
  if (status === undefined || status === "REVIEW_IN_PROGRESS") return true
  if (status.endsWith("_IN_PROGRESS")) {
    throw new CommandFailure(
      `${stack.name} is being changed (${status}): run this again when that has ended.`,
    )
  }
  if (/^(ROLLBACK_|CREATE_FAILED|UPDATE_ROLLBACK_FAILED|DELETE_FAILED)/.test(status)) {
    throw new CommandFailure(afterwards(status, stack.name).join("\n"))
  }
  return false
}
