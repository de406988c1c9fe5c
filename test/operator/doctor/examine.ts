import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach } from "vitest"
import { credentialVariables, type LocalCredentials } from "../../../local/credentials.ts"
import { startLambdaApi } from "../../../local/lambda-api.ts"
import { withHostName } from "../../../local/loopback.ts"
import type { Stack } from "../../../local/stack.ts"
import { runCommand, type CommandResult } from "../../support/command.ts"

const closeAfterTest: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closeAfterTest.splice(0).map((close) => close()))
})

/** Closes something when the test ends. */
export function afterwards(close: () => Promise<void>): void {
  closeAfterTest.push(close)
}

/** Signs with a key that nobody knows. */
export const anybody: LocalCredentials = {
  accessKeyId: "AKIDANYBODY",
  secretAccessKey: "wrong",
  region: "eu-west-1",
  accountId: "000000000000",
}

export interface ExamineOptions {
  readonly credentials?: LocalCredentials
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Of `deployment.yml`. */
  readonly folder?: string
}

export async function examine(
  args: readonly string[],
  { credentials = anybody, env = {}, folder }: ExamineOptions = {},
): Promise<CommandResult> {
  return await runCommand("doctor", args, {
    env: { ...credentialVariables(credentials), NO_COLOR: "1", ...env },
    ...(folder !== undefined && { folder }),
  })
}

/** The address of the API for pages on `localhost`, which to a browser is another site than 127.0.0.1. */
export function addressOf({ url }: Pick<Stack, "url">): string {
  return withHostName(url, "localhost")
}

/** Over signed HTTP, and for a page. */
export async function examineUrl(stack: Stack, options: readonly string[] = []): Promise<CommandResult> {
  return await examine(["--url", addressOf(stack), ...options], stack)
}

export async function examineFunction(
  { functions, credentials }: Stack,
  name = "health",
): Promise<CommandResult> {
  const lambda = await startLambdaApi({ functions, credentials })
  afterwards(() => lambda.close())
  return await examine(["--function", name, "--endpoint", lambda.url], { credentials })
}

/** With `--stage`, in a folder that has this `deployment.yml`, and with the local stack in place of AWS. */
export async function examineStage(
  { credentials, secretsManager, cloudFormation }: Stack,
  deploymentYml: string,
  options: readonly string[] = ["--stage", "local"],
): Promise<CommandResult> {
  return await examine(options, {
    credentials,
    env: {
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    },
    folder: await folderWith(deploymentYml),
  })
}

export async function folderWith(deploymentYml: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "doctor-"))
  afterwards(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, "deployment.yml"), deploymentYml)
  return folder
}
