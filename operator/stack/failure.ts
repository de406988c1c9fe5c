import type { StackEvent } from "@aws-sdk/client-cloudformation"
import { CommandFailure } from "../failure.ts"
import { plain } from "../plain.ts"
import type { StackReader } from "./stack.ts"

/**
 * Ends a command whose deployment or removal failed: names each resource that failed and why, what is in service now, and what
 * to do. `output` is what the framework said, which counts where CloudFormation has not begun.
 */
export async function explainStackFailure(
  stack: StackReader,
  began: Date,
  output: string,
): Promise<CommandFailure> {
  const events = await stack.eventsSince(began).catch(() => [])
  const reasons = events.toReversed().filter(isCause).map(reasonOf)
  const status = (await stack.describe().catch(() => undefined))?.StackStatus
  const causes = reasons.length > 0 ? ["What failed:", "", ...reasons] : [plain(errorIn(output), 2_000)]
  return new CommandFailure([...causes, "", ...afterwards(status, stack.name)].join("\n"))
}

/** Other resources are cancelled because of the first that failed, and say nothing of their own. */
function isCause({
  ResourceStatus,
  ResourceStatusReason = "",
  PhysicalResourceId,
  StackId,
}: StackEvent): boolean {
  return (
    String(ResourceStatus).endsWith("_FAILED") &&
    PhysicalResourceId !== StackId &&
    !/^Resource (creation|update) cancelled/i.test(ResourceStatusReason)
  )
}

function reasonOf({
  LogicalResourceId = "",
  ResourceType = "",
  ResourceStatusReason: reason = "",
}: StackEvent): string {
  const advice = adviceFor.find(([pattern]) => pattern.test(reason))?.[1]
  const said = `  ${LogicalResourceId} (${ResourceType}): ${plain(reason, 500)}`
  return advice === undefined ? said : `${said}\n    Fix: ${advice}`
}

const adviceFor: readonly (readonly [RegExp, string])[] = [
  [
    /scheduled for deletion/i,
    "aws secretsmanager restore-secret --secret-id NAME cancels the deletion; then leave createSecret out",
  ],
  [/already exists/i, "leave createSecret out, if it is a secret; otherwise another stack has the name"],
  [
    /not authorized to perform|AccessDenied/i,
    "allow that action to whoever deploys (deploy/fragments/deployer.yml has all of them)",
  ],
  [
    /UnreservedConcurrentExecution/,
    "lower reservedConcurrency, or ask for a higher quota of concurrent executions in this region",
  ],
  [/attached to entities/i, "detach the policy from the callers' roles; then run this command again"],
  [/certificate/i, "check that the certificate is issued, is for domainName, and is in this region"],
]

/** What is in service, and the next step, by the status in which the stack was left. */
export function afterwards(status: string | undefined, name: string): string[] {
  switch (status) {
    case undefined:
      return ["Nothing is deployed."]
    case "ROLLBACK_COMPLETE":
    case "ROLLBACK_FAILED":
    case "CREATE_FAILED":
      return [
        "Nothing is in service: it was the first deployment. CloudFormation cannot update what is left of it, so remove that:",
        `  aws cloudformation delete-stack --stack-name ${name}`,
        `  aws cloudformation wait stack-delete-complete --stack-name ${name}`,
      ]
    case "UPDATE_ROLLBACK_COMPLETE":
      return [
        "The deployment before this one is in service, unchanged. Correct what failed, and deploy again.",
      ]
    case "UPDATE_ROLLBACK_FAILED":
      return [
        "CloudFormation could not return to the deployment before this one. Correct what it names, then let it try again:",
        `  aws cloudformation continue-update-rollback --stack-name ${name}`,
        `  aws cloudformation wait stack-rollback-complete --stack-name ${name}`,
      ]
    case "DELETE_FAILED":
      return ["A part of the stack is left. Correct what failed, and run npm run remove again."]
    default:
      return [
        `The stack's status is ${status}. Watch it: aws cloudformation describe-stack-events --stack-name ${name}`,
      ]
  }
}

/** The framework's error, without what it says of itself. */
function errorIn(output: string): string {
  const error = /Error:\n([^]*?)(\n\nEnvironment:|$)/.exec(output)?.[1] ?? output
  return error.trim()
}
