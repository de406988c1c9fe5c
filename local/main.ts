import { parseArgs } from "node:util"
import { loadConfig } from "../lib/config.ts"
import type { Environment } from "../lib/contract.ts"
import { askFor } from "./ask.ts"
import { startBuild } from "./build.ts"
import { loadOrMakeCertificate, trustCommand } from "./certificate.ts"
import { credentialVariables } from "./credentials.ts"
import type { Tls } from "./loopback.ts"
import { startPage } from "./page.ts"
import { exampleNames, type ExampleName } from "./page/assets.ts"
import type { LocalProvider } from "./provider.ts"
import { shellOf } from "./shell.ts"
import { secretId, startStack, startStackWithProvider, type Stack } from "./stack.ts"
import { bold, dim, print } from "./terminal.ts"
import { takeTour } from "./tour.ts"

const usage = `Usage: npm start -- [options]

  --once                  takes the tour and exits; the exit code is 1 when a step failed
  --port PORT             port of the local HTTP API (8787; with --once any free port); the example page uses the next one
  --origin ORIGIN         origin of your own page, which may call; can be repeated (http://localhost:5173)
  --https                 serves page and API over HTTPS, with a certificate that is made once and reused; no tour
  --example NAME          which example page is served beside the local provider: page (no framework) or react (page)
  --environment NAME      calls SuperOffice itself (sod, qaonline or online) with your own application:
                          asks for client id and client secret, or reads them from stdin, one per line,
                          and keeps them in memory only
  --no-build              takes the bundles that npm run build has made
  --help                  prints this text`

const options = {
  once: { type: "boolean", default: false },
  port: { type: "string" },
  origin: { type: "string", multiple: true },
  https: { type: "boolean", default: false },
  example: { type: "string", default: "page" },
  environment: { type: "string" },
  "no-build": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const

/** Options of every mode that keeps serving. */
interface ServeOptions {
  readonly origins: readonly string[]
  readonly port: number
  readonly tls?: Tls
}

interface LocalOptions extends ServeOptions {
  readonly example: ExampleName
}

const certificateFolder = ".certificate"
const certificatePath = `${certificateFolder}/certificate.pem`
const loopbackNames = ["localhost", "127.0.0.1"]

/** What has to be closed, in the order in which it was started. */
const opened: { close(): Promise<void> }[] = []
/** Aborted as soon as a signal ends it all. */
const stopping = new AbortController()

closeOnSignal()
try {
  await main()
} catch (error) {
  await closeAll()
  // What failed because it was closed is no failure.
  if (!stopping.signal.aborted) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options })
  refuseWhatNpmKept(process.env)
  if (values.help) {
    print(usage)
    return
  }
  const port = readPort(values.port) ?? (values.once ? 0 : 8787)
  const certificate = values.https ? await loadOrMakeCertificate(certificateFolder, loopbackNames) : undefined
  const origins = values.origin ?? ["http://localhost:5173"]
  const example = readExample(values.example)
  checkSettings({ origins, environment: values.environment ?? "sod" })
  if (!values["no-build"]) await build()
  if (values.environment !== undefined) {
    if (values.once)
      throw new Error("--once takes the tour, which needs the local provider: leave out --environment.")
    const environment = values.environment as Environment
    await runAgainstSuperOffice({ environment, origins, port, ...(certificate && { tls: certificate }) })
  } else if (values.once) {
    await runOnce(origins, port)
  } else {
    await runLocally({ example, origins, port, ...(certificate && { tls: certificate }) })
  }
  if (certificate) print(`To trust the certificate: ${trustCommand(certificate.path)}`)
}

async function build(): Promise<void> {
  print(dim("Building the functions."))
  const building = startBuild()
  opened.push(building)
  await building.done
}

/** Takes the tour with default settings, and ends. */
async function runOnce(origins: readonly string[], port: number): Promise<void> {
  const log: string[] = []
  const stack = await startStackWithProvider({ origins, port, onLog: (line) => log.push(line) })
  opened.push(stack)
  await takeTourOf(stack, origins[0] ?? "", log)
  await closeAll()
}

/** Takes the tour, then keeps the stack and the example page running. */
async function runLocally(options: LocalOptions): Promise<void> {
  const log: string[] = []
  let onLog = (line: string): void => {
    log.push(line)
  }
  const pageOrigin = `${options.tls ? "https" : "http"}://127.0.0.1:${options.port + 1}`
  const stack = await startStackWithProvider({
    ...options,
    origins: [pageOrigin, ...options.origins],
    onLog: (line) => {
      onLog(line)
    },
  })
  opened.push(stack)
  const { provider, url } = stack
  const page = await startPage({
    example: options.example,
    apiUrl: url,
    port: options.port + 1,
    ...(options.tls && { tls: options.tls }),
    delivery: "cookie",
    clientId: provider.clientId,
    authorizationEndpoint: `${provider.url}/login/common/oauth/authorize`,
  })
  opened.push(page)
  // No tour over HTTPS, because Node would have to be told to trust the certificate before it started.
  if (!options.tls) await takeTourOf(stack, pageOrigin, log)
  print(`\n${bold("The example page")} ${page.url}`)
  print(`${bold("The API documentation, with requests to try")} ${page.url}/docs`)
  printHowToTry(stack, "sod", options.origins[0] ?? "")
  onLog = print
}

async function takeTourOf(
  stack: Stack & { readonly provider: LocalProvider },
  origin: string,
  log: readonly string[],
): Promise<void> {
  print(bold("SuperOffice Token Exchange, on a local stack"))
  print(
    dim(
      "A local provider in place of SuperOffice, a local Secrets Manager, and the built functions in AWS's own Lambda",
    ),
  )
  print(dim("runtime client, behind a local HTTP API. The functions are the same files that are deployed."))
  const failed = await takeTour(stack, stack.provider, origin)
  if (failed === 0) return
  print("\nThe functions' log:")
  for (const line of log) print(line)
  process.exitCode = 1
}

/** Runs the same functions for the developer's own application at SuperOffice, without an AWS account. */
async function runAgainstSuperOffice(
  options: ServeOptions & { readonly environment: Environment },
): Promise<void> {
  const [clientId, clientSecret] = await askFor(["Client id", "Client secret (hidden)"])
  const stack = await startStack({ ...options, clientId, clientSecret, onLog: print })
  opened.push(stack)
  print(bold(`SuperOffice Token Exchange for your application at ${options.environment}.superoffice.com`))
  print(
    dim(
      "The client secret is only in the memory of this process, in a local Secrets Manager that answers nobody",
    ),
  )
  print(dim("without the key of this run."))
  printHowToTry(stack, options.environment, options.origins[0] ?? "")
}

function printHowToTry(stack: Stack, environment: Environment, origin: string): void {
  const { credentials, secretsManager, cloudFormation } = stack
  const url = asSameSite(stack.url, origin)
  const shell = shellOf()
  const endpoints = {
    AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    ...(url.startsWith("https:") && { NODE_EXTRA_CA_CERTS: certificatePath }),
  }
  const code = { code: "a-code", redirect_uri: `${origin}/callback`, code_verifier: "v".repeat(43) }
  const form = "grant_type=refresh_token&refresh_token=a-refresh-token"
  print(`
${bold("Now serving")} ${url}   ${dim("Ctrl-C stops it. The functions' log follows.")}

Your page on ${origin} sends requests to ${url}/exchange-code or ${url}/token:

  ${shell.postJson(`${url}/exchange-code`, origin, JSON.stringify(code))}

The routes under /signed, the local Secrets Manager and the local CloudFormation answer only requests that are signed
with the key of this run. A shell with these variables can send them:

  ${shell.remove("AWS_PROFILE", "AWS_SESSION_TOKEN")}
  ${shell.set(credentialVariables(credentials))}
  ${shell.set(endpoints)}

A cloud function signs its requests with IAM, and gets refresh tokens:

  ${shell.postSigned(`${stack.url}/signed/token`, credentials.region, form)}

Commands for operators (docs/operations.md):

  ${shell.npm} run doctor -- --url ${url} --origin ${origin}
  ${shell.npm} run secret -- status --secret-id ${secretId}

The same with --stage local in place of these options, if deployment.yml has this section:

  local:
    environment: ${environment}
    clientSecretId: ${secretId}
    allowedOrigins: ${origin}
    refreshTokenDelivery: cookie
`)
}

/** Uses the page's loopback name, because to a browser localhost and 127.0.0.1 are different sites. */
function asSameSite(url: string, origin: string): string {
  const { hostname } = new URL(origin)
  return loopbackNames.includes(hostname) ? url.replace("127.0.0.1", hostname) : url
}

/** Reports wrong settings at the start, not with the functions' first answer. */
function checkSettings({ origins, environment }: { origins: readonly string[]; environment: string }): void {
  const config = loadConfig({
    SUPEROFFICE_ENVIRONMENT: environment,
    CLIENT_SECRET_ID: "local",
    ALLOWED_ORIGINS: origins.join(","),
  })
  if (!("problems" in config)) return
  throw new Error(
    config.problems
      .map((problem) =>
        problem.replace("SUPEROFFICE_ENVIRONMENT", "--environment").replace("ALLOWED_ORIGINS", "--origin"),
      )
      .join("\n"),
  )
}

/** npm keeps an option for itself, as a variable, if no `--` stands before it or PowerShell took that away. */
function refuseWhatNpmKept(env: NodeJS.ProcessEnv): void {
  const kept = Object.keys(options).find((name) => env[`npm_config_${name}`] !== undefined)
  if (kept !== undefined)
    throw new Error(`npm kept --${kept} for itself. Run: ${shellOf().npm} start -- --${kept} …`)
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new Error("--port must be a number from 0 to 65535.")
}

function readExample(text: string): ExampleName {
  const example = exampleNames.find((name) => name === text)
  if (!example) throw new Error(`--example must be ${exampleNames.join(" or ")}.`)
  return example
}

/** Closes everything that was opened, the latest first. */
async function closeAll(): Promise<void> {
  for (const one of opened.splice(0).reverse()) await one.close()
}

/** Ends on the signals of a terminal and of a supervisor. Windows has the first, and the last when the console closes. */
function closeOnSignal(): void {
  const stop = (): void => {
    if (stopping.signal.aborted) return
    stopping.abort()
    void closeAll().then(() => {
      print("\nStopped.")
      process.exit()
    })
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, stop)
  // A signal to npm ends the shell between npm and this process, and goes no further: then another process is the parent.
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) stop()
  }, 500).unref()
}
