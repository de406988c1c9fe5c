import { credentialVariables, randomCredentials, type LocalCredentials } from "../../../local/credentials.ts"
import { withHostName } from "../../../local/loopback.ts"
import type { Stack } from "../../../local/stack.ts"
import { doctor } from "../../../operator/doctor/program.ts"
import type { CommandResult } from "../../support/command.ts"
import { runProgram, type ProgramOptions } from "../../support/program.ts"
import { folderWith } from "../folder-with.ts"

/** Signs with a key that nobody knows, unless another is given. */
export async function examine(
  args: readonly string[],
  {
    credentials = randomCredentials(),
    env = {},
    ...options
  }: ProgramOptions & { credentials?: LocalCredentials } = {},
): Promise<CommandResult> {
  return await runProgram(doctor, args, { env: { ...credentialVariables(credentials), ...env }, ...options })
}

/** The address of the API for pages on `localhost`, which to a browser is another site than 127.0.0.1. */
export function addressOf({ url }: Pick<Stack, "url">): string {
  return withHostName(url, "localhost")
}

/** Over signed HTTP, and for a page. */
export async function examineUrl(stack: Stack, options: readonly string[] = []): Promise<CommandResult> {
  return await examine(["--url", addressOf(stack), ...options], stack)
}

/** With `--stage`, in a folder that has this `deployment.yml`, and with the local stack in place of AWS. */
export async function examineStage(
  { credentials, secretsManager, cloudFormation }: Stack,
  deploymentYml: string,
  options: readonly string[] = [],
): Promise<CommandResult> {
  return await examine(["--stage", "local", ...options], {
    credentials,
    env: {
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    },
    folder: folderWith(deploymentYml),
  })
}

/** The headers by which a browser lets pages of this origin call. */
export function allowing(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "content-type,x-csrf",
  }
}
