import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterEach, beforeEach, expect } from "vitest"
import { credentialVariables, randomCredentials } from "../../../local/credentials.ts"
import { startSecretsManager, type LocalSecretsManager } from "../../../local/secrets-manager.ts"
import { randomSealingKey } from "../../../local/stack.ts"
import { runCommand, type CommandResult, type RunningCommand } from "../../support/command.ts"

export const secretId = "superoffice/sod"
export const oldSecret = "canary-old-client-secret"
export const newSecret = "canary-new-client-secret"
export const first = randomSealingKey("first")
export const second = randomSealingKey("second")
export const stored = {
  client_id: "db1834037c58c02b6bd9898feef19845",
  client_secret: oldSecret,
  sealing_keys: [second, first],
  "a field of the operator's": { kept: [1, null, "as it is"] },
}
export const credentials = { ...randomCredentials(), secretAccessKey: "canary-aws-key" }
const env = { ...credentialVariables(credentials), NO_COLOR: "1" }

/** A Secrets Manager of its own for every test. */
export let aws: LocalSecretsManager
export let client: SecretsManager
/** What commands said in a test: nothing secret, which is looked at after it. */
export let outputs: string[]

beforeEach(async () => {
  aws = await startSecretsManager({ credentials })
  client = new SecretsManager({
    endpoint: aws.url,
    region: credentials.region,
    credentials,
  })
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

export function put(value: object | string): void {
  aws.put(secretId, typeof value === "string" ? value : JSON.stringify(value))
}

export function argsFor(command: string, options: readonly string[] = []): string[] {
  return [command, "--secret-id", secretId, ...options]
}

/** What leads a command to the test's Secrets Manager. */
export function envAt(endpoint = aws.url): Readonly<Record<string, string>> {
  return { ...env, AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint }
}

/** Runs a command to its end; what it says is searched for secrets after the test. */
export async function operate(
  command: string,
  options: readonly string[] = [],
  { input = "", endpoint = aws.url } = {},
): Promise<CommandResult> {
  return await run(argsFor(command, options), { input, endpoint })
}

/** Runs a command that names its secrets itself. */
export async function run(
  args: readonly string[],
  { input = "", endpoint = aws.url, folder }: { input?: string; endpoint?: string; folder?: string } = {},
): Promise<CommandResult> {
  const where = folder === undefined ? {} : { folder }
  const result = await runCommand("secret", args, { input, env: envAt(endpoint), ...where })
  outputs.push(result.stdout, result.stderr)
  return result
}

export async function end(command: RunningCommand): Promise<CommandResult> {
  const result = await command.end()
  outputs.push(result.stdout, result.stderr)
  return result
}

export async function read(VersionStage = "AWSCURRENT") {
  const { SecretString = "", VersionId } = await client.getSecretValue({ SecretId: secretId, VersionStage })
  return { id: VersionId, value: JSON.parse(SecretString) as typeof stored }
}

export async function stagesByVersion(): Promise<Record<string, string[]>> {
  return (await client.describeSecret({ SecretId: secretId })).VersionIdsToStages ?? {}
}

async function sealingKeyValues(): Promise<string[]> {
  const value = await read().then(
    (version) => version.value,
    () => undefined,
  )
  return Array.isArray(value?.sealing_keys) ? value.sealing_keys.map(({ key }) => key) : []
}
