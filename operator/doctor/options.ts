import { CommandFailure } from "../failure.ts"
import { readOptions, readSafeUrl } from "../options.ts"

export const usage = `Usage: npm run doctor -- --url URL [--origin ORIGIN] [options]
       npm run doctor -- --function NAME [--endpoint URL] [options]

  --url URL             base URL of the API; health is asked over HTTPS, signed with the AWS credentials that are configured
  --origin ORIGIN       origin of a page that should be able to call: its preflight and its way in are tried
  --function NAME       name or ARN of the health function, which is invoked with those credentials
  --endpoint URL        in place of AWS: a local Lambda API
  --region NAME         the AWS region, if not the one that is configured
  --environment NAME    the SuperOffice environment that it should be: sod, qaonline or online
  --help                this text`

/** How the deployment is reached. */
export type DoctorTarget =
  | { readonly kind: "url"; readonly url: string; readonly origin: string | undefined }
  | { readonly kind: "function"; readonly name: string; readonly endpoint: string | undefined }

export interface DoctorOptions {
  readonly target: DoctorTarget
  readonly region: string | undefined
  readonly environment: string | undefined
}

/** Reads the command line; undefined when it asks for help. */
export function readDoctorOptions(): DoctorOptions | undefined {
  const { values, positionals } = readOptions({
    url: { type: "string" },
    origin: { type: "string" },
    function: { type: "string" },
    endpoint: { type: "string" },
    region: { type: "string" },
    environment: { type: "string" },
    help: { type: "boolean" },
  })
  if (values.help) return undefined
  if (positionals.length > 0) throw new CommandFailure("Only options are expected: --help lists them.")
  const { region, environment } = values
  return { target: readTarget(values), region, environment }
}

interface TargetValues {
  readonly url?: string | undefined
  readonly origin?: string | undefined
  readonly function?: string | undefined
  readonly endpoint?: string | undefined
}

function readTarget(values: TargetValues): DoctorTarget {
  const url = readSafeUrl("--url", values.url)
  const endpoint = readSafeUrl("--endpoint", values.endpoint)
  const { origin, function: name } = values
  if ((url === undefined) === (name === undefined)) {
    throw new CommandFailure("What is to be looked at? Pass --url or --function, one of them.")
  }
  if (url !== undefined) {
    if (endpoint !== undefined) throw new CommandFailure("--endpoint goes with --function.")
    if (origin !== undefined && !isOrigin(origin)) {
      throw new CommandFailure(
        "--origin must be scheme, host and port of the page, without a slash at the end.",
      )
    }
    return { kind: "url", url, origin }
  }
  if (origin !== undefined) throw new CommandFailure("--origin goes with --url: a page cannot invoke.")
  return { kind: "function", name: name ?? "", endpoint }
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}
