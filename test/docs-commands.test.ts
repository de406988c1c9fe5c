import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterAll, beforeAll, expect, it } from "vitest"
import manifest from "../package.json" with { type: "json" }
import { credentialVariables } from "../local/credentials.ts"
import { freePort } from "../local/loopback.ts"
import type { LocalProvider } from "../local/provider.ts"
import { signInWithoutBrowser } from "../local/sign-in.ts"
import { clientSecretText, startStackWithProvider, type Stack } from "../local/stack.ts"
import { readStackOptions } from "../operator/deployment/options.ts"
import { startCommand } from "./support/command.ts"
import { functionHere, type FunctionHere } from "./support/function-here.ts"
import { origin } from "./support/journey.ts"
import { copyService } from "./support/package.ts"
import { runProgram } from "./support/program.ts"
import { signInAddress } from "./support/sign-in-address.ts"
import { pem } from "./support/system-user-door.ts"
import { privateKeyPem } from "./support/system-user.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const pages = ["README.md", "docs/deployment.md", "docs/secrets.md", "docs/operations.md"]

/** Commands that this test does not run, and why. */
const elsewhere: readonly (readonly [RegExp, string])[] = [
  [/^npm ci$/, "the first step of .ci/run"],
  [/^npm start\b/, "test/local/main.test.ts runs it"],
  [/^npm test$/, "this test is a part of it"],
  [/^git pull$/, "changes the checkout"],
  [/^aws /, "needs an AWS account"],
]

/** Our programs that the pages name, and how this test runs them. test/operator/deploy.test.ts runs the first three whole. */
const programs: Readonly<Record<string, (args: readonly string[]) => Promise<Ran>>> = {
  package: (args) => readAlone("package", args),
  deploy: (args) => readAlone("deploy", args),
  remove: (args) => readAlone("remove", args),
  secret: (args) => runAtTerminal("secret", [...args, ...signingKeysOf(args)]),
  doctor: (args) => runAtTerminal("doctor", args),
  consent,
}
type Ran = Readonly<{ exitCode: number | null; said: string }>

/** `deployment.yml` for the local stack: both stages are in one environment, and have no domain of their own. */
function deploymentFile(more = ""): string {
  const common = `  region: eu-west-1\n  environment: sod\n  allowedOrigins: ${origin}\n  refreshTokenDelivery: cookie\n`
  const online = `  clientSecretId: superoffice/online\n  privateKeySecretId: superoffice/online-private-key\n${more}`
  return `sod:\n${common}  clientSecretId: superoffice/sod\nonline:\n${common}${online}`
}

const signingKeysId = "superoffice/online-signing-keys"

/** What the page asks to write into `deployment.yml` before the command. */
const writtenBefore: Readonly<Record<string, string>> = {
  "npm run secret -- create --stage online": "  appTokenSecretId: superoffice/online-app-token\n",
}

let folder: string
let stack: Stack & { readonly provider: LocalProvider }
let consentPort: number
const functions: FunctionHere[] = []

beforeAll(async () => {
  folder = await copyService()
  consentPort = await freePort()
  stack = await startStackWithProvider({
    origins: [origin],
    redirectUris: [`http://127.0.0.1:${consentPort}/callback`],
    env: { CLIENT_SECRET_ID: "superoffice/sod" },
    startFunction: (options) => {
      const made = functionHere(options)
      functions.push(made)
      return made
    },
  })
  stack.secretsManager.put("superoffice/online-private-key", pem)
})

afterAll(async () => {
  await stack.close()
  await rm(folder, { recursive: true })
})

it.each(commandsOf(pages))(
  "of the documents' commands, the one of %s does what it should: %s",
  { timeout: 120_000 },
  async (_page, command) => {
    if (elsewhere.some(([pattern]) => pattern.test(command))) return
    if (command === "cp deployment.example.yml deployment.yml") {
      await writeFile(join(folder, "deployment.yml"), deploymentFile())
      return
    }
    if (command.includes("signing-key")) await prepareSigningKeys(command)
    const written = writtenBefore[command]
    if (written !== undefined) await writeFile(join(folder, "deployment.yml"), deploymentFile(written))
    const [, name = "", words = ""] = /^npm run ([\w:-]+) -- (.+)$/.exec(command) ?? []
    const run = programs[name]
    if (run === undefined) throw new Error("no test knows how to run it")
    expect(manifest.scripts).toHaveProperty(name, `node --import tsx operator/${name}.ts`)
    const { exitCode, said } = await run(words.split(" "))
    expect(exitCode, said).toBe(0)
  },
)

/** Runs it as an operator does, who answers what is asked. */
async function runAtTerminal(program: string, args: readonly string[]): Promise<Ran> {
  const command = startCommand(program, args, { folder, atTerminal: true, env: localEnv() })
  command.answer(/Client secret \(hidden[^)]*\): /, () => `${randomUUID()}\n`)
  command.answer(/Private key, .*\(hidden[^)]*\): /, () => privateKeyPem)
  command.answer(/\[y\/N\] /, () => "y\n")
  const { exitCode, stdout } = await command.end()
  return { exitCode, said: stdout }
}

/** The local stack makes no tokens for other APIs, so the command line has what the page writes into `deployment.yml`. */
function signingKeysOf([command = ""]: readonly string[]): string[] {
  return command.endsWith("-signing-key") ? ["--api-token-keys-secret-id", signingKeysId] : []
}

/** What stands before the command in its page: hours have passed since the last one, and a key is in reserve. */
async function prepareSigningKeys(command: string): Promise<void> {
  if (command.includes("add-signing-key")) return
  if (command.includes("--leaked")) await programs.secret?.(["add-signing-key", "--stage", "online"])
  const { credentials, secretsManager } = stack
  const client = new SecretsManager({ credentials, region: credentials.region, endpoint: secretsManager.url })
  const { SecretString = "" } = await client.getSecretValue({ SecretId: signingKeysId })
  const earlier = SecretString.replaceAll(/(?<=_at":")[^"]+/g, (date) =>
    new Date(Date.parse(date) - 3 * 3_600_000).toISOString(),
  )
  secretsManager.put(signingKeysId, earlier)
}

/** Reads the command line and the stage's section, and does no more. */
async function readAlone(program: "package" | "deploy" | "remove", args: readonly string[]): Promise<Ran> {
  const readOptions = () => readStackOptions(program)
  const reading = { usage: "", readOptions, execute: () => Promise.resolve(true) }
  const { exitCode, stderr } = await runProgram(reading, args, { folder })
  return { exitCode, said: stderr }
}

function localEnv(): Readonly<Record<string, string>> {
  return {
    ...credentialVariables(stack.credentials),
    NO_COLOR: "1",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: stack.secretsManager.url,
    AWS_ENDPOINT_URL_CLOUDFORMATION: stack.cloudFormation.url,
    AWS_ENDPOINT_URL_LAMBDA: stack.lambda.url,
    LOCAL_PROVIDER_URL: stack.provider.url,
  }
}

/** Runs it on a free port, for the local tenant that has a system token, and signs in. */
async function consent(args: readonly string[]): Promise<Ran> {
  const { clientId } = stack.provider
  const clientSecret = randomUUID()
  stack.provider.replaceClientSecret(clientSecret)
  // An earlier command of the pages has stored another application.
  stack.secretsManager.put("superoffice/sod", clientSecretText(clientId, clientSecret))
  for (const one of functions) one.forget()
  const words = args.map((word) => word.replace("Cust12345", "Cust26759"))
  const port = ["--port", String(consentPort)]
  const command = startCommand("consent", [...words, ...port], { folder, env: localEnv() })
  await fetch(await signInWithoutBrowser(await signInAddress(command), "Cust26759/liv"))
  const { exitCode, stdout, stderr } = await command.end()
  return { exitCode, said: stdout + stderr }
}

/**
 * Each command of the pages once, in order: from their shell blocks, and whole commands of our programs within sentences.
 */
function commandsOf(names: readonly string[]): (readonly [page: string, command: string])[] {
  const found = new Map<string, string>()
  for (const page of names) {
    const markdown = readFileSync(join(root, page), "utf8")
    for (const [, block, inline = ""] of markdown.matchAll(
      /```sh\n([^]*?)```|`(npm run [\w:-]+ -- [^`]+)`/g,
    )) {
      const lines = (block?.replaceAll(/\s*\\\n\s*/g, " ") ?? inline.replaceAll(/\s+/g, " ")).split("\n")
      const commands = lines.flatMap((line) =>
        line
          .trim()
          .replace(/ +#.*$/, "")
          .split(" && "),
      )
      for (const command of commands.filter(isWhole)) if (!found.has(command)) found.set(command, page)
    }
  }
  return [...found].map(([command, page]) => [page, command])
}

/** Not a pattern, such as `npm run secret -- COMMAND`. */
function isWhole(command: string): boolean {
  return command !== "" && !/…|\b[A-Z]{4,}\b/.test(command)
}
