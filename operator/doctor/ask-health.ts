import { LambdaClient } from "@aws-sdk/client-lambda"
import { createClient, overHttps, overLambda, type Result } from "../../client/cloud.ts"
import type { HealthResponse } from "../../lib/contract.ts"
import { explainCredentials } from "../aws-failure.ts"
import { regionOf } from "../region.ts"
import { timeoutMs } from "../time-out.ts"
import type { DoctorTarget } from "./options.ts"

/**
 * Calls the health function with the client that cloud functions use. For both targets, the Lambda client resolves region and
 * credentials by the AWS SDK's own rules.
 */
export async function askHealth(
  target: DoctorTarget,
  named: string | undefined,
): Promise<Result<HealthResponse>> {
  const endpoint = target.kind === "function" ? target.endpoint : undefined
  const client = new LambdaClient({ ...(named && { region: named }), ...(endpoint && { endpoint }) })
  const region = await regionOf(client)
  const credentials = () => client.config.credentials()
  // The client that cloud functions use does not tell the cause.
  const problem = await credentials().then(() => undefined, explainCredentials)
  if (problem !== undefined) {
    return { ok: false, error: { code: "not_permitted", error_description: problem, retryable: false } }
  }
  const transport =
    target.kind === "function"
      ? overLambda({ client, functions: { health: target.name } })
      : overHttps({ url: target.url, region, credentials })
  return await createClient(transport, { timeoutMs }).health()
}
