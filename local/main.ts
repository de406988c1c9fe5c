import { resolve } from "node:path"
import { bold, dim, print } from "../operator/terminal.ts"
import { askFor } from "./ask.ts"
import { expectBuildable, startBuild } from "./build.ts"
import { loadOrMakeCertificate } from "./certificate.ts"
import { browserNotice, printHowToTry, trustText } from "./how-to-try.ts"
import { freePort } from "./loopback.ts"
import { readOptions, usage, type Options } from "./options.ts"
import { startStackWithOwnApi, type StackWithOwnApi } from "./own-api.ts"
import { startPage } from "./page.ts"
import { paths } from "./provider/paths.ts"
import { proxyExceptions, proxyNotice } from "./proxy.ts"
import { shellOf } from "./shell.ts"
import { startStack } from "./stack.ts"
import { takeTour } from "./tour.ts"

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
    process.stderr.write(`${messageOf(error)}\n`)
    process.exitCode = 1
  }
}

type Certificate = Awaited<ReturnType<typeof loadOrMakeCertificate>>

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === undefined) {
    print(usage)
    return
  }
  keepOffProxies(process.env)
  const certificate = options.https
    ? await loadOrMakeCertificate(resolve(".certificate"), ["localhost", "127.0.0.1"])
    : undefined
  if (options.builds) await build()
  if (options.environment !== undefined) {
    await runAgainstSuperOffice({ ...options, environment: options.environment }, certificate)
  } else if (options.once) {
    await runOnce(options)
  } else {
    await runLocally(options, certificate)
  }
}

/** The tour's own requests are for this machine, too. */
function keepOffProxies(env: NodeJS.ProcessEnv): void {
  const exceptions = proxyExceptions(env)
  if (exceptions === undefined) return
  print(proxyNotice(exceptions, shellOf()))
  Object.assign(env, exceptions.variables)
}

async function build(): Promise<void> {
  await expectBuildable()
  print(dim("Building the functions, which takes some seconds."))
  const building = startBuild()
  opened.push(building)
  await building.done
}

/** Takes the tour with default settings, and ends. */
async function runOnce(options: Options): Promise<void> {
  const log: string[] = []
  const stack = await startStackWithOwnApi({ ...forStack(options), onLog: (line) => log.push(line) })
  opened.push(stack)
  await takeTourOf(stack, { origin: options.origins[0] ?? "", ...options }, log)
  await closeAll()
}

/** Takes the tour, then keeps the stack and the example page running. */
async function runLocally(options: Options, certificate: Certificate | undefined): Promise<void> {
  const log: string[] = []
  let onLog = (line: string): void => {
    log.push(line)
  }
  const { delivery, example, origins } = options
  const pagePort = options.port === 0 ? await freePort() : options.port + 1
  const pageOrigin = `${certificate ? "https" : "http"}://127.0.0.1:${pagePort}`
  const stack = await startStackWithOwnApi({
    ...forStack(options, certificate),
    origins: [pageOrigin, ...origins],
    onLog: (line) => {
      onLog(line)
    },
  })
  opened.push(stack)
  const { provider } = stack
  const served = {
    stack,
    provider,
    ownApi: stack.ownApi,
    delivery,
    environment: "sod",
    origin: origins[0] ?? "",
    pageUrl: pageOrigin,
    ...(certificate && { certificate: certificate.path }),
  } as const
  const page = await startPage({
    example,
    apiUrl: stack.url,
    ownApiUrl: stack.ownApi.url,
    port: pagePort,
    ...(certificate && { tls: certificate }),
    delivery,
    clientId: provider.clientId,
    authorizationEndpoint: (provider.secureUrl ?? provider.url) + paths.authorize,
    stack,
    notice: browserNotice({ ...served, origin: pageOrigin }),
  })
  opened.push(page)
  // No tour over HTTPS, because Node would have to be told to trust the certificate before it started.
  if (!certificate) await takeTourOf(stack, { origin: pageOrigin, delivery }, log)
  print(`\n${bold("The example page")} ${page.url}`)
  print(`${bold("The API documentation, with requests to try")} ${page.url}/docs`)
  printHowToTry(served)
  if (certificate) print(trustText(certificate.path))
  onLog = print
}

async function takeTourOf(
  stack: StackWithOwnApi,
  page: Pick<Parameters<typeof takeTour>[0], "origin" | "delivery">,
  log: readonly string[],
): Promise<void> {
  print(bold("SuperOffice Token Exchange, on a local stack"))
  print(
    dim(
      "A local provider in place of SuperOffice, a local Secrets Manager, and the built functions in AWS's own Lambda",
    ),
  )
  print(dim("runtime client, behind a local HTTP API. The functions are the same files that are deployed."))
  const { origin, delivery } = page
  if (await takeTour({ stack, origin, delivery })) return
  print("\nThe functions' log:")
  for (const line of log) print(line)
  process.exitCode = 1
}

/** Runs the same functions for the developer's own application at SuperOffice, without an AWS account. */
async function runAgainstSuperOffice(
  options: Options & Pick<Parameters<typeof startStack>[0], "environment">,
  certificate: Certificate | undefined,
): Promise<void> {
  const { environment, delivery, origins } = options
  const [clientId, clientSecret] = await askFor(["Client id", "Client secret (hidden)"])
  const stack = await startStack({
    ...forStack(options, certificate),
    environment,
    clientId,
    clientSecret,
    onLog: print,
  })
  opened.push(stack)
  print(bold(`SuperOffice Token Exchange for your application at ${environment}.superoffice.com`))
  print(
    dim(
      "The client secret is only in the memory of this process, in a local Secrets Manager that answers nobody",
    ),
  )
  print(dim("without the key of this run."))
  const paths = certificate && { certificate: certificate.path }
  printHowToTry({ stack, environment, delivery, origin: origins[0] ?? "", ...paths })
  if (certificate) print(trustText(certificate.path))
}

function forStack(
  { origins, port, redirectUris, delivery }: Options,
  certificate?: Certificate,
): Omit<Parameters<typeof startStackWithOwnApi>[0], "onLog"> {
  const env = { REFRESH_TOKEN_DELIVERY: delivery }
  return { origins, port, redirectUris, env, ...(certificate && { tls: certificate }) }
}

/** A busy port is mended with an option. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException
  if (code !== "EADDRINUSE" && code !== "EACCES") return error.message
  const { npm } = shellOf()
  return `${error.message}: ${npm} start -- --port PORT takes PORT and, for the example page, the next one; 0 takes any that are free.`
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
