import type { Stack, StackResourceSummary } from "@aws-sdk/client-cloudformation"
import { print } from "../terminal.ts"
import type { Deployment } from "../deployment/deployment.ts"
import { secretIdsOf, type Settings } from "../deployment/settings.ts"
import { outputsOf } from "./stack.ts"

/** Prints what is removed with the stack, and what stays. */
export function printRemoval(
  resources: readonly StackResourceSummary[],
  stack: Stack,
  { stage, settings }: Deployment,
): void {
  const count = (type: string): number => resources.filter(({ ResourceType }) => ResourceType === type).length
  print("  What goes:")
  print(`    the API ${outputsOf(stack).get("ApiUrl") ?? ""}: nobody can sign in through it any more`)
  for (const [type, name] of kinds) {
    const many = count(type)
    if (many > 0) print(`    ${many} ${name}${many === 1 ? "" : "s"}`)
  }
  print("  What stays:")
  for (const name of secretIdsOf(settings)) print(`    the secret ${name}`)
  print(`    the secrets of tenants, superoffice/${stage}/tenants/…, if npm run consent has made any`)
  print(
    "    sessions and refresh tokens: they work again if the stage is deployed again with the same secret",
  )
  print("  Roles that have one of the policies keep it from being removed: detach it first.")
}

const kinds = [
  ["AWS::Lambda::Function", "function"],
  ["AWS::Logs::LogGroup", "log group"],
  ["AWS::IAM::Role", "role"],
  ["AWS::IAM::ManagedPolicy", "policy for callers"],
  ["AWS::CloudWatch::Alarm", "alarm"],
  ["AWS::CloudWatch::Dashboard", "dashboard"],
  ["AWS::ApiGatewayV2::DomainName", "custom domain"],
  ["AWS::Route53::RecordSet", "DNS record"],
  ["AWS::S3::Bucket", "bucket with archives"],
] as const

/** Prints how to remove what stays. */
export function printRemainder(settings: Settings, region: string): void {
  print("The stack is removed. These stay, and cost something each month:")
  for (const name of secretIdsOf(settings)) {
    print(`  aws secretsmanager delete-secret --region ${region} --secret-id ${name}`)
  }
  print("Each command schedules a deletion, which can be cancelled for 30 days.")
}
