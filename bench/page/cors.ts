import { readFile } from "node:fs/promises"
import { parse } from "yaml"

/** The CORS configuration of the HTTP API, as serverless.yml has it. */
export interface Cors {
  readonly AllowMethods: readonly string[]
  readonly AllowHeaders: readonly string[]
  readonly AllowCredentials: boolean
  /** Seconds. */
  readonly MaxAge: number
}

interface ServiceFile {
  readonly resources: readonly {
    readonly extensions?: {
      /** `!If`, of which the parser leaves the list: the condition, and what holds with it. */
      readonly HttpApi: { readonly Properties: { readonly CorsConfiguration: readonly [string, Cors] } }
    }
  }[]
}

export async function readCors(): Promise<Cors> {
  const text = await readFile(new URL("../../serverless.yml", import.meta.url), "utf8")
  // The parser would warn about each of CloudFormation's tags.
  const { resources } = parse(text, { logLevel: "error" }) as ServiceFile
  const cors = resources.flatMap(
    ({ extensions }) => extensions?.HttpApi.Properties.CorsConfiguration[1] ?? [],
  )
  const [first] = cors
  if (!first) throw new Error("serverless.yml has no CORS configuration")
  return first
}

/** The answer of the gateway itself to a preflight (docs.aws.amazon.com: "Configure CORS for HTTP APIs"). */
export function preflightHeaders(cors: Cors): Readonly<Record<string, string>> {
  return {
    "access-control-allow-methods": cors.AllowMethods.join(","),
    "access-control-allow-headers": cors.AllowHeaders.join(","),
    "access-control-max-age": String(cors.MaxAge),
  }
}

/** What the gateway adds to each answer to a listed origin. */
export function originHeaders(cors: Cors, origin: string): Readonly<Record<string, string>> {
  return {
    "access-control-allow-origin": origin,
    ...(cors.AllowCredentials && { "access-control-allow-credentials": "true" }),
  }
}
