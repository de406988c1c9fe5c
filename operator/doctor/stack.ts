import { LambdaClient } from "@aws-sdk/client-lambda"
import type { Deployment } from "../deployment/deployment.ts"
import { CommandFailure } from "../failure.ts"
import { regionOf } from "../region.ts"
import { outputsOf, openStack } from "../stack/stack.ts"
import { failed, type CheckResult } from "./check.ts"

/** The deployed stack of a deployment. Its texts are as AWS sent them. */
export interface DeployedStack {
  readonly name: string
  readonly status: string
  readonly outputs: ReadonlyMap<string, string>
}

/** Reads the deployment's stack. If that is not possible, returns the failed check that says why. */
export async function readStack({ stage }: Deployment): Promise<DeployedStack | CheckResult> {
  const region = await regionOf(new LambdaClient({}))
  const reader = openStack(stage)
  const { name } = reader
  try {
    const stack = await reader.describe()
    if (stack) return { name, status: stack.StackStatus ?? "unknown", outputs: outputsOf(stack) }
    return failed(
      "stack",
      `there is no stack ${name} in ${region} of this account`,
      `check --stage, the region and the AWS profile; npm run deploy -- --stage ${stage} makes it`,
    )
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return failed("stack", error.message, "correct that, or pass --url: the output ApiUrl of the stack")
  }
}
