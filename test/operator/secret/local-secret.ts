import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterEach, beforeEach, expect } from "vitest"
import { credentialVariables, randomCredentials } from "../../../local/credentials.ts"
import { startSecretsManager, type LocalSecretsManager } from "../../../local/secrets-manager.ts"
import { secret } from "../../../operator/secret/program.ts"
import type { CommandResult, RunningCommand } from "../../support/command.ts"
import { runProgram, type ProgramOptions } from "../../support/program.ts"
import { first, second, secretId, type stored } from "./stored-secret.ts"

export const credentials = { ...randomCredentials(), secretAccessKey: "canary-aws-key" }

/** A Secrets Manager of its own for every test. */
export let aws: LocalSecretsManager
export let client: SecretsManager
let outputs: string[]

/** Prepares each test of a file. After it, nothing that the commands said may be secret. */
export function prepareSecrets(): void {
  beforeEach(async () => {
    aws = await startSecretsManager({ credentials })
    client = new SecretsManager({ endpoint: aws.url, region: credentials.region, credentials })
    outputs = []
  })

  afterEach(async () => {
    const said = outputs.join("\n")
    expect(said).not.toBe("")
    for (const secret of ["canary", first.key, second.key, ...(await sealingKeyValues())]) {
      expect(said).not.toContain(secret)
    }
    client.destroy()
    await aws.close()
  })
}

export function put(value: object | string): void {
  aws.put(secretId, typeof value === "string" ? value : JSON.stringify(value))
}

export function argsFor(command: string, options: readonly string[] = []): string[] {
  return [command, "--secret-id", secretId, ...options]
}

/** What leads a command to the test's Secrets Manager. */
export function envAt(endpoint = aws.url): Readonly<Record<string, string>> {
  return { ...credentialVariables(credentials), NO_COLOR: "1", AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint }
}

interface RunOptions extends ProgramOptions {
  readonly input?: string
  readonly endpoint?: string
}

/** A command for the secret, what it is given, and where it runs. */
export type Operation = [command: string, options?: readonly string[], from?: RunOptions]

/** Runs a command to its end; what it says is searched for secrets after the test. */
export async function operate(...[command, options, from]: Operation): Promise<CommandResult> {
  return await run(argsFor(command, options), from)
}

/** Runs a command that names its secrets itself. */
export async function run(args: readonly string[], from: RunOptions = {}): Promise<CommandResult> {
  const { endpoint = aws.url, env = {}, ...options } = from
  return listen(await runProgram(secret, args, { env: { ...envAt(endpoint), ...env }, ...options }))
}

/** Waits for its end; what it said is searched for secrets after the test. */
export async function end(command: Pick<RunningCommand, "end">): Promise<CommandResult> {
  return listen(await command.end())
}

export function listen(result: CommandResult): CommandResult {
  outputs.push(result.stdout, result.stderr)
  return result
}

/** Runs a command that does what it should. Returns what it printed. */
export async function done(...operation: Operation): Promise<string> {
  const { exitCode, stdout, stderr } = await operate(...operation)
  expect([exitCode, stderr]).toEqual([0, ""])
  return stdout
}

/** Runs a command that ends with 1, and leaves the secret as it is. Returns what it said, on both streams. */
export async function failed(...operation: Operation): Promise<string> {
  const before = await read().catch(() => undefined)
  const { exitCode, stdout, stderr } = await operate(...operation)
  expect(exitCode).toBe(1)
  expect(await read().catch(() => undefined)).toEqual(before)
  return stdout + stderr
}

export async function read(VersionStage = "AWSCURRENT", SecretId = secretId) {
  const { SecretString = "", VersionId } = await client.getSecretValue({ SecretId, VersionStage })
  return { id: VersionId, value: JSON.parse(SecretString) as typeof stored }
}

/** The text of another secret; undefined without one. */
export async function textOf(SecretId: string, VersionStage = "AWSCURRENT"): Promise<string | undefined> {
  try {
    return (await client.getSecretValue({ SecretId, VersionStage })).SecretString
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined
    throw error
  }
}

export async function keyOf(SecretId: string): Promise<string | undefined> {
  return (await client.describeSecret({ SecretId })).KmsKeyId
}

export async function stagesByVersion(): Promise<Record<string, string[]>> {
  return (await client.describeSecret({ SecretId: secretId })).VersionIdsToStages ?? {}
}

async function sealingKeyValues(): Promise<string[]> {
  const keys = await read()
    .then(({ value }) => value.sealing_keys)
    .catch(() => undefined)
  return Array.isArray(keys) ? keys.map(({ key }) => key) : []
}
