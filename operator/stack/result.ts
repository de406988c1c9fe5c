import type { Stack } from "@aws-sdk/client-cloudformation"
import { bold, print } from "../terminal.ts"
import type { Deployment } from "../deployment/deployment.ts"
import { outputsOf } from "./stack.ts"

/** Prints what whoever deployed needs: the address, the policies for callers, and the next two commands. */
export function printResult(stack: Stack, { stage, settings }: Deployment, isFirst: boolean): void {
  const outputs = outputsOf(stack)
  const output = (name: string): string => outputs.get(name) ?? "(the stack has no such output)"
  print(bold(`Deployed: ${output("ApiUrl")}`))
  const target = outputs.get("DomainTarget")
  if (target !== undefined && settings.hostedZoneId === "") {
    print(`  Make a DNS record, if there is none yet: ${settings.domainName} CNAME ${target}`)
  }
  print()
  print("Policies to attach to the roles of callers:")
  for (const [name, purpose] of policies) print(`  ${output(`${name}Arn`)}\n    ${name}: ${purpose}`)
  print()
  print("Next:")
  print(
    isFirst
      ? `  npm run secret -- create --stage ${stage} --client-id CLIENT_ID`
      : `  npm run secret -- status --stage ${stage}`,
  )
  print(`  npm run doctor -- --stage ${stage}`)
}

const policies = [
  ["CallerPolicy", "redeem and revoke grants"],
  ["SystemUserCallerPolicy", "act for every tenant whose system token the caller holds"],
  ["TenantSecretsPolicy", "read the system tokens that npm run consent has stored"],
  ["OperatorPolicy", "ask for health"],
] as const
