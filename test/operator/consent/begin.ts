import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest"
import { credentialVariables } from "../../../local/credentials.ts"
import { freePort } from "../../../local/loopback.ts"
import type { LocalProvider } from "../../../local/provider.ts"
import { userById } from "../../../local/provider/users.ts"
import { startSecretsManager, type LocalSecretsManager } from "../../../local/secrets-manager.ts"
import { signInWithoutBrowser } from "../../../local/sign-in.ts"
import { startStackWithProvider, type Stack } from "../../../local/stack.ts"
import { consent as program } from "../../../operator/consent/program.ts"
import { startCommand, type CommandResult } from "../../support/command.ts"
import { functionHere } from "../../support/function-here.ts"
import { startProgram, type RunningProgram } from "../../support/program.ts"
import { signInAddress } from "../../support/sign-in-address.ts"
import { folderWith, sectionOf } from "../folder-with.ts"

export const tenant = "Cust26759"
export const secretId = `superoffice/local/tenants/${tenant}`
export const systemToken = userById("Cust26759/liv").systemToken ?? ""

/** One for each file. */
export let stack: Stack & { readonly provider: LocalProvider }
export let provider: LocalProvider
/** The operator's, and empty in each test. That of the functions is another one. */
export let secrets: LocalSecretsManager
export let port: number

/** What must be on no screen, found during a test. */
const canaries = new Set<string>()
const outputs: string[] = []

/** Prepares each test of a file. After it, nothing that the command said may be secret. */
export function prepareConsent(): void {
  beforeAll(async () => {
    port = await freePort()
    const redirectUris = [redirectUri()]
    stack = await startStackWithProvider({ origins: [], redirectUris, startFunction: functionHere })
    provider = stack.provider
    // Now, because the AWS SDK of a function reads its variables with the first secret, and a command changes them.
    await stack.functions.health?.invoke({})
    await stack.functions["exchange-code"]?.invoke({ code: "none", redirect_uri: redirectUri() })
  })

  beforeEach(async () => {
    secrets = await startSecretsManager({ credentials: stack.credentials })
    provider.changeClaims = (claims) => claims
  })

  afterEach(async () => {
    const said = outputs.splice(0).join("\n")
    expect(said).not.toBe("")
    expect(said).not.toMatch(/8A:|7T:|eyJ/)
    for (const canary of [systemToken, ...canaries]) expect(said).not.toContain(canary)
    canaries.clear()
    await secrets.close()
  })

  afterAll(async () => {
    await stack.close()
  })
}

export function redirectUri(): string {
  return `http://127.0.0.1:${port}/callback`
}

export interface BeginOptions {
  readonly options?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  /** More settings of the stage. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Starts the command for the tenant, as an operator of the local stack does. */
export function begin(options: BeginOptions = {}): RunningProgram {
  const { args, ...others } = commandLine(options)
  return startProgram(program, [...args, "--no-open"], others)
}

/** As a process of its own. At a terminal, it may open a browser. */
export function beginProcess(options: BeginOptions & { atTerminal?: boolean; opens?: boolean } = {}) {
  const { args, ...others } = commandLine(options)
  const { atTerminal = false, opens = false } = options
  return startCommand("consent", [...args, ...(opens ? [] : ["--no-open"])], { ...others, atTerminal })
}

function commandLine({ options = [], env = {}, settings = {} }: BeginOptions) {
  const all = { environment: "sod", clientSecretId: "superoffice/local", ...settings }
  const named = options.includes("--tenant") ? [] : ["--tenant", tenant]
  return {
    args: ["--stage", "local", ...named, "--port", String(port), ...options],
    folder: folderWith(sectionOf("local", all)),
    env: {
      ...credentialVariables(stack.credentials),
      AWS_PROFILE: undefined,
      AWS_ENDPOINT_URL_CLOUDFORMATION: stack.cloudFormation.url,
      AWS_ENDPOINT_URL_LAMBDA: stack.lambda.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      LOCAL_PROVIDER_URL: provider.url,
      NO_COLOR: "1",
      ...env,
    },
  }
}

/** Signs in as a browser would, up to the address that it is sent back to. */
export async function signIn(command: RunningProgram, user = "Cust26759/liv"): Promise<URL> {
  const callback = await signInWithoutBrowser(await signInAddress(command), user)
  canaries.add(callback.searchParams.get("code") ?? "")
  return callback
}

/** Ends the command, and keeps what it said for the search for secrets. */
export async function end(command: Pick<RunningProgram, "end">): Promise<CommandResult> {
  const result = await command.end()
  outputs.push(result.stdout, result.stderr)
  return result
}

/** The whole of it: sign in, follow the redirects, and wait for the end. */
export async function consent(beginOptions: BeginOptions = {}, user?: string): Promise<CommandResult> {
  const command = begin(beginOptions)
  await fetch(await signIn(command, user))
  return await end(command)
}

/** The stored value; undefined if there is no such secret. */
export async function stored(SecretId = secretId): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { credentials } = stack
  const client = new SecretsManager({ endpoint: secrets.url, region: credentials.region, credentials })
  try {
    const { SecretString = "" } = await client.getSecretValue({ SecretId })
    const value = JSON.parse(SecretString) as Readonly<Record<string, unknown>>
    if (typeof value.refresh_token === "string") canaries.add(value.refresh_token)
    return value
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined
    throw error
  } finally {
    client.destroy()
  }
}
