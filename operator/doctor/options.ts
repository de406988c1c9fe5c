import { CommandFailure } from "../failure.ts"
import { readOptions, readSafeUrl } from "../options.ts"
import { checkAppTokenSecretId } from "../secret/options.ts"

export const usage = `Usage: npm run doctor -- --url URL [--origin ORIGIN] [options]
       npm run doctor -- --function NAME [--endpoint URL] [options]

  --url URL             base URL of the API; calls health over HTTPS, signed with the configured AWS credentials
  --origin ORIGIN       origin of a page that should be able to call; sends its preflight and a request as from it
  --function NAME       name or ARN of the health function; invokes it with the configured AWS credentials
  --endpoint URL        a local Lambda API to call instead of AWS
  --region NAME         the AWS region, if not the configured one
  --environment NAME    the expected SuperOffice environment: sod, qaonline or online
  --app-token-secret-id NAME
                        name or ARN of the app token secret; compares it with the client secret in --secret-id
  --secret-id NAME      name or ARN of the deployment's secret; needed with --app-token-secret-id
  --help                prints this text`

/** How the deployment is reached. */
export type DoctorTarget =
  | { readonly kind: "url"; readonly url: string; readonly origin: string | undefined }
  | { readonly kind: "function"; readonly name: string; readonly endpoint: string | undefined }

export interface DoctorOptions {
  readonly target: DoctorTarget
  readonly region: string | undefined
  readonly environment: string | undefined
  /** The secrets to compare, read with the configured AWS credentials. */
  readonly secrets: { readonly secretId: string; readonly appTokenSecretId: string } | undefined
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
    "app-token-secret-id": { type: "string" },
    "secret-id": { type: "string" },
    help: { type: "boolean" },
  })
  if (values.help) return undefined
  if (positionals.length > 0) throw new CommandFailure("This command takes only options: --help lists them.")
  const { region, environment } = values
  const secrets = readSecrets(values["secret-id"], values["app-token-secret-id"])
  return { target: readTarget(values), region, environment, secrets }
}

function readSecrets(secretId = "", appTokenSecretId?: string): DoctorOptions["secrets"] {
  if (secretId === "" && appTokenSecretId === undefined) return undefined
  if (secretId === "" || appTokenSecretId === undefined) {
    throw new CommandFailure("--secret-id and --app-token-secret-id need each other.")
  }
  checkAppTokenSecretId(appTokenSecretId, secretId)
  return { secretId, appTokenSecretId }
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
    throw new CommandFailure("Pass either --url or --function.")
  }
  if (url !== undefined) {
    if (endpoint !== undefined) throw new CommandFailure("--endpoint needs --function.")
    if (origin !== undefined && !isOrigin(origin)) {
      throw new CommandFailure(
        "--origin must be scheme, host and port of the page, without a slash at the end.",
      )
    }
    return { kind: "url", url, origin }
  }
  if (origin !== undefined) throw new CommandFailure("--origin needs --url: a page cannot invoke a function.")
  return { kind: "function", name: name ?? "", endpoint }
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}
