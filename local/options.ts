import { parseArgs } from "node:util"
import { loadConfig, type RefreshTokenDelivery } from "../lib/config.ts"
import type { Environment } from "../lib/contract.ts"
import { exampleNames, type ExampleName } from "./page/assets.ts"
import { shellOf } from "./shell.ts"

export const usage = `Usage: npm start -- [options]

  --once                  takes the tour and exits; the exit code is 1 when a step failed
  --port PORT             port of the local HTTP API (8787; with --once any free port); the example page uses the next one;
                          0 takes any free ports
  --origin ORIGIN         origin of your own page, which may call; can be repeated (http://localhost:5173)
  --redirect-uri URI      where the local provider may send users back to, beside /callback of each origin; can be repeated
  --delivery DELIVERY     how pages keep their refresh tokens: cookie, partitioned or sealed (cookie)
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
  "redirect-uri": { type: "string", multiple: true },
  delivery: { type: "string", default: "cookie" },
  https: { type: "boolean", default: false },
  example: { type: "string", default: "page" },
  environment: { type: "string" },
  "no-build": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const

/** What was asked for, checked. */
export interface Options {
  readonly once: boolean
  readonly port: number
  readonly origins: readonly string[]
  readonly redirectUris: readonly string[]
  readonly delivery: RefreshTokenDelivery
  readonly https: boolean
  readonly example: ExampleName
  /** Undefined: the local provider in place of SuperOffice. */
  readonly environment: Environment | undefined
  readonly builds: boolean
}

/** Reads the options. Throws what is wrong with them; undefined when only the usage was asked for. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options | undefined {
  const { values } = parseArgs({ args: [...args], options })
  refuseWhatNpmKept(env)
  if (values.help) return undefined
  const { once, https, environment } = values
  const { "redirect-uri": redirectUris = [] } = values
  refuseCombinations({ once, https, environment, redirectUris })
  const read = {
    once,
    https,
    port: readPort(values.port) ?? (once ? 0 : 8787),
    // To a browser, an http page and an https API are different sites.
    origins: values.origin ?? [`${https ? "https" : "http"}://localhost:5173`],
    redirectUris,
    delivery: values.delivery as RefreshTokenDelivery,
    example: readExample(values.example),
    environment: environment as Environment | undefined,
    builds: !values["no-build"],
  }
  checkSettings(read)
  return read
}

function refuseCombinations({
  once,
  https,
  environment,
  redirectUris,
}: Pick<Options, "once" | "https" | "redirectUris"> & { readonly environment: string | undefined }): void {
  if (once && environment !== undefined)
    throw new Error("--once takes the tour, which needs the local provider: leave out --environment.")
  if (once && https) throw new Error("--once takes the tour, which uses http: leave out --https.")
  if (environment !== undefined && redirectUris.length > 0)
    throw new Error(
      "--redirect-uri is for the local provider. With --environment, register the redirect URI at SuperOffice.",
    )
}

/** Reports wrong settings at the start, not with the functions' first answer. */
function checkSettings({ origins, redirectUris, delivery, environment }: Options): void {
  const config = loadConfig({
    SUPEROFFICE_ENVIRONMENT: environment ?? "sod",
    CLIENT_SECRET_ID: "local",
    ALLOWED_ORIGINS: origins.join(","),
    REFRESH_TOKEN_DELIVERY: delivery,
  })
  const problems = ("problems" in config ? config.problems : []).map((problem) =>
    problem
      .replace("SUPEROFFICE_ENVIRONMENT", "--environment")
      .replace("ALLOWED_ORIGINS", "--origin")
      .replace("REFRESH_TOKEN_DELIVERY", "--delivery"),
  )
  if (!redirectUris.every(isRedirectUri))
    problems.push("--redirect-uri must be an absolute http: or https: URI without fragment")
  if (problems.length > 0) throw new Error(problems.join("\n"))
}

function isRedirectUri(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && !text.includes("#")
}

/** npm keeps an option for itself, as a variable, if no `--` stands before it or PowerShell took that away. */
function refuseWhatNpmKept(env: NodeJS.ProcessEnv): void {
  const kept = Object.keys(options).find(
    (name) => env[`npm_config_${name.replaceAll("-", "_")}`] !== undefined,
  )
  if (kept !== undefined)
    throw new Error(`npm kept --${kept} for itself. Run: ${shellOf().npm} start -- --${kept} …`)
}

/** The example page uses the port after it, which must exist. */
function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_535) return Number(text)
  throw new Error("--port must be a number from 0 to 65534.")
}

function readExample(text: string): ExampleName {
  const example = exampleNames.find((name) => name === text)
  if (!example) throw new Error(`--example must be ${exampleNames.join(" or ")}.`)
  return example
}
