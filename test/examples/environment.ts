import { afterEach, vi } from "vitest"
import { credentialVariables } from "../../local/credentials.ts"
import { startJourney, type Journey } from "../support/journey.ts"

afterEach(() => {
  vi.unstubAllEnvs()
})

/** The stack of a journey, and this process's environment as that of a Lambda function beside it. */
export async function startBeside(
  options: Parameters<typeof startJourney>[0],
  env: Readonly<Record<string, string>>,
): Promise<Journey> {
  const journey = await startJourney(options)
  const { lambda, secretsManager, credentials } = journey.stack
  const awsEnv = {
    ...credentialVariables(credentials),
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
  }
  for (const [name, value] of Object.entries({ ...awsEnv, ...env })) vi.stubEnv(name, value)
  return journey
}

export function arnOf(functionName: string): string {
  return `arn:aws:lambda:eu-west-1:000000000000:function:${functionName}`
}
