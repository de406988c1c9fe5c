import { LambdaClient } from "@aws-sdk/client-lambda"
import { createClient, overHttps, overLambda, type Result, type Transport } from "../../client/cloud.ts"
import type { HealthResponse } from "../../lib/contract.ts"
import { CommandFailure } from "../failure.ts"
import type { DoctorOptions } from "./options.ts"

/** Longer than the function's time-out. */
const timeoutMs = 25_000

/** Calls the health function with the client that cloud functions use. */
export async function askHealth(options: DoctorOptions): Promise<Result<HealthResponse>> {
  return await createClient(await transportFor(options), { timeoutMs }).health()
}

/** For both targets, the Lambda client resolves region and credentials by the AWS SDK's own rules. */
async function transportFor({ target, region: named }: DoctorOptions): Promise<Transport> {
  const endpoint = target.kind === "function" ? target.endpoint : undefined
  const client = new LambdaClient({ ...(named && { region: named }), ...(endpoint && { endpoint }) })
  const region = await regionOf(client)
  return target.kind === "function"
    ? overLambda({ client, functions: { health: target.name } })
    : overHttps({ url: target.url, region, credentials: () => client.config.credentials() })
}

async function regionOf(client: LambdaClient): Promise<string> {
  try {
    return await client.config.region()
  } catch (error) {
    throw new CommandFailure("There is no AWS region: pass --region, or set AWS_REGION.", { cause: error })
  }
}
