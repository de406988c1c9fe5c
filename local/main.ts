import { parseArgs } from "node:util"
import { loadConfig } from "../lib/config.ts"
import type { Environment } from "../lib/contract.ts"
import { askFor } from "./ask.ts"
import { startStack, startStackWithProvider, type Stack } from "./stack.ts"
import { bold, dim, print } from "./terminal.ts"
import { takeTour } from "./tour.ts"

const usage = `Usage: npm start -- [options]

  --once                  take the tour and exit; non-zero when a step failed
  --port PORT             port of the local HTTP API (8787; with --once any free one)
  --origin ORIGIN         origin of a page that may call, may be repeated (http://localhost:5173)
  --environment NAME      run against SuperOffice itself, sod, qaonline or online, with your own application:
                          client id and client secret are asked for, or read from stdin, one per line,
                          and kept in memory only
  --help                  this text`

const options = {
  once: { type: "boolean", default: false },
  port: { type: "string" },
  origin: { type: "string", multiple: true },
  environment: { type: "string" },
  help: { type: "boolean", default: false },
} as const

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options })
  if (values.help) {
    print(usage)
    return
  }
  const port = readPort(values.port) ?? (values.once ? 0 : 8787)
  const origins = values.origin ?? ["http://localhost:5173"]
  checkSettings({ origins, environment: values.environment ?? "sod" })
  if (values.environment !== undefined) {
    if (values.once)
      throw new Error("--once takes the tour, which needs the local provider: leave out --environment.")
    await runAgainstSuperOffice(values.environment as Environment, origins, port)
  } else {
    await runLocally(origins, port, values.once)
  }
}

/** The main job on embedded defaults: a tour, and then, unless it is to be the end, a stack to try things on. */
async function runLocally(origins: readonly string[], port: number, once: boolean): Promise<void> {
  const log = collectLog()
  const stack = await startStackWithProvider({ origins, port, onLog: log.add })
  closeOnSignal(stack)
  const [origin = ""] = origins
  print(bold("SuperOffice Token Exchange, on a local stack"))
  print(
    dim(
      "A SuperOffice-like provider, a Secrets Manager endpoint, and the built functions under Lambda's own runtime",
    ),
  )
  print(dim("client behind a local HTTP API. Everything is real but the places where it runs."))
  const failed = await takeTour(stack, stack.provider, origin)
  if (failed > 0) {
    print("\nThe functions' log:")
    log.lines.forEach((line) => {
      print(line)
    })
    process.exitCode = 1
  }
  if (once) {
    await stack.close()
    return
  }
  printHowToTry(stack, origin)
  log.follow()
}

/** The same functions for the developer's own application at SuperOffice, with no AWS account. */
async function runAgainstSuperOffice(
  environment: Environment,
  origins: readonly string[],
  port: number,
): Promise<void> {
  const [clientId, clientSecret] = await askFor(["Client id", "Client secret (hidden)"])
  const stack = await startStack({ environment, clientId, clientSecret, origins, port, onLog: print })
  closeOnSignal(stack)
  const [origin = ""] = origins
  print(bold(`SuperOffice Token Exchange for your application at ${environment}.superoffice.com`))
  print(dim("The client secret is in the memory of this process only, in a local Secrets Manager endpoint."))
  printHowToTry(stack, origin)
}

function printHowToTry({ url, credentials }: Stack, origin: string): void {
  const { accessKeyId, secretAccessKey, region } = credentials
  print(`
${bold("Now serving")} ${url}   ${dim("Ctrl-C stops it. The functions' log follows.")}

A page on ${origin} posts to ${url}/exchange-code or ${url}/token. As that page:

  curl ${url}/exchange-code -H 'Origin: ${origin}' -H 'Content-Type: application/json' \\
    -d '{"code":"a-code","redirect_uri":"${origin}/callback","code_verifier":"${"v".repeat(43)}"}'

A cloud function signs, and gets refresh tokens:

  curl ${url}/signed/token --aws-sigv4 'aws:amz:${region}:execute-api' --user '${accessKeyId}:${secretAccessKey}' \\
    -d 'grant_type=refresh_token&refresh_token=a-refresh-token'
`)
}

/** The functions would answer with a closed door; a person at a terminal wants to know now. */
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

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new Error("--port must be a number from 0 to 65535.")
}

function closeOnSignal(stack: Stack): void {
  const stop = (): void => {
    void stack.close().then(() => {
      print("\nStopped.")
      process.exit()
    })
  }
  process.once("SIGINT", stop).once("SIGTERM", stop)
}

/** Keeps the functions' log until somebody wants to see it as it comes. */
function collectLog() {
  const lines: string[] = []
  let write = (line: string): void => {
    lines.push(line)
  }
  return {
    lines,
    add: (line: string): void => {
      write(line)
    },
    follow: (): void => {
      write = print
    },
  }
}
