import type { Deployment } from "../deployment/deployment.ts"
import { readSafeUrl } from "../options.ts"
import { plain } from "../plain.ts"
import { failed, type CheckResult } from "./check.ts"
import type { ConnectionFailure } from "./connection.ts"
import type { DoctorTarget } from "./options.ts"
import { readStack } from "./stack.ts"

/** Finds the API of a deployment without a domain of its own: the stack says where it is. Otherwise the check that failed. */
export async function findApi(deployment: Deployment): Promise<DoctorTarget | CheckResult> {
  const stack = await readStack(deployment)
  if ("finding" in stack) return stack
  const url = readUrl(stack.outputs.get("ApiUrl"))
  if (url !== undefined) return { kind: "url", url }
  return failed(
    "stack",
    `the stack ${stack.name} has no output ApiUrl; its status is ${plain(stack.status, 64)}`,
    "finish or repeat the deployment, or pass --url",
  )
}

/**
 * Explains why the API at the deployment's own domain cannot be reached: as the failure says, or that its DNS record or its
 * certificate is not there yet.
 */
export async function explainDomain(
  failure: ConnectionFailure,
  url: string,
  deployment: Deployment | undefined,
): Promise<ConnectionFailure> {
  if (deployment?.settings.domainName !== new URL(url).hostname || !failure.kind) return failure
  return { ...failure, fix: await fixOfDomain(failure, deployment) }
}

async function fixOfDomain({ kind }: ConnectionFailure, deployment: Deployment): Promise<string> {
  const { domainName, hostedZoneId } = deployment.settings
  const stack = await readStack(deployment)
  if ("finding" in stack) return `${stack.finding}: ${stack.fix ?? ""}`
  const target = stack.outputs.get("DomainTarget")
  if (target === undefined) {
    return `deploy: the stack ${stack.name} has no output DomainTarget, so its API does not have this name yet`
  }
  const record = `a CNAME record of ${domainName} has to lead to ${plain(target)} (output DomainTarget)`
  if (kind === "certificate of another name") {
    return `${record}, and certificateArn has to be of a certificate for ${domainName}`
  }
  if (hostedZoneId === "") return `make the DNS record: ${record}`
  return `the stack makes the record in the zone ${hostedZoneId}: see whether the DNS of ${domainName} is delegated to that zone`
}

function readUrl(text: string | undefined): string | undefined {
  try {
    return readSafeUrl("ApiUrl", text)
  } catch {
    return undefined
  }
}
