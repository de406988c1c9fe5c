import { readDeployment, type Deployment } from "../deployment/deployment.ts"
import { missingStage } from "../deployment/options.ts"
import { useDeployment } from "../deployment/use.ts"
import { CommandFailure } from "../failure.ts"
import { readOptions, readSafeUrl } from "../options.ts"
import { checkAppTokenSecretId } from "../secret/options.ts"

export const usage = `Usage: npm run doctor -- --stage NAME [options]
       npm run doctor -- --url URL [--origin ORIGIN] [options]
       npm run doctor -- --function NAME [--endpoint URL] [options]

  --stage NAME          the section of deployment.yml with all that this command needs; the API's address is domainName, or
                        the output ApiUrl of the deployed stack; any other option here wins
  --url URL             base URL of the API; calls health over HTTPS, signed with the configured AWS credentials
  --origin ORIGIN       origin of a page that should be able to call; sends its requests as a browser does; can be repeated
  --request-header NAME header that the page's libraries add to its requests, e.g. traceparent; can be repeated
  --function NAME       name or ARN of the health function; invokes it with the configured AWS credentials
  --endpoint URL        a local Lambda API to call instead of AWS
  --region NAME         the AWS region, if not the configured one
  --environment NAME    the expected SuperOffice environment: sod, qaonline or online
  --app-token-secret-id NAME
                        name or ARN of the app token secret; compares it with the client secret in --secret-id
  --secret-id NAME      name or ARN of the deployment's secret; needed with --app-token-secret-id
  --profile NAME        with --stage: the AWS profile
  --param NAME=VALUE    with --stage: a setting in place of that in deployment.yml; can be repeated
  --json                prints one JSON object: subject, ok, and checks with name, state, finding and fix
  --help                prints this text

The exit status is 1 if a check has failed or could not begin, and 0 otherwise: also if one is degraded or was skipped.`

/** How the deployment is reached. */
export type DoctorTarget =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "function"; readonly name: string; readonly endpoint: string | undefined }

export interface DoctorOptions {
  /** A deployment if its stack has to be asked where its API is. */
  readonly target: DoctorTarget | Deployment
  /** Undefined without `--stage`. */
  readonly deployment: Deployment | undefined
  /** Of the pages to check. */
  readonly origins: readonly string[]
  /** Where sign-ins of these pages may end. Empty if it is not known. */
  readonly redirectUris: readonly string[]
  /** Lower-case names of headers that the pages' libraries add. */
  readonly requestHeaders: readonly string[]
  readonly region: string | undefined
  readonly environment: string | undefined
  /** The secrets to compare, read with the configured AWS credentials. */
  readonly secrets: ComparedSecrets | undefined
  readonly json: boolean
}

export interface ComparedSecrets {
  readonly secretId: string
  readonly appTokenSecretId: string
  /** False if only `deployment.yml` names them. */
  readonly isAsked: boolean
}

/** Reads the command line, and `deployment.yml` if it names a stage; undefined when it asks for help. */
export function readDoctorOptions(): DoctorOptions | undefined {
  const { values, positionals } = readOptions({
    stage: { type: "string" },
    url: { type: "string" },
    origin: { type: "string", multiple: true },
    "request-header": { type: "string", multiple: true },
    function: { type: "string" },
    endpoint: { type: "string" },
    region: { type: "string" },
    environment: { type: "string" },
    "app-token-secret-id": { type: "string" },
    "secret-id": { type: "string" },
    profile: { type: "string" },
    param: { type: "string", multiple: true },
    json: { type: "boolean" },
    help: { type: "boolean" },
  })
  if (values.help) return undefined
  if (values.stage === undefined && process.env.npm_config_stage !== undefined) {
    throw missingStage("doctor", positionals)
  }
  if (positionals.length > 0) throw new CommandFailure("This command takes only options: --help lists them.")
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === "0") {
    throw new CommandFailure(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 accepts every certificate, so this command could not tell a wrong one: unset it.",
    )
  }
  const deployment = readStage(values)
  const settings = deployment?.settings
  const target = readTarget(values, deployment)
  return {
    target,
    deployment,
    origins: readOrigins(values.origin, target) ?? commaSeparated(settings?.allowedOrigins),
    redirectUris: commaSeparated(settings?.allowedRedirectUris),
    requestHeaders: (values["request-header"] ?? []).map(readHeaderName),
    region: values.region ?? deployment?.region,
    environment: values.environment ?? settings?.environment,
    secrets: readSecrets(values, settings),
    json: values.json ?? false,
  }
}

interface Values {
  readonly [name: string]: string | readonly string[] | boolean | undefined
  readonly stage?: string | undefined
  readonly url?: string | undefined
  readonly origin?: readonly string[] | undefined
  readonly function?: string | undefined
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  readonly profile?: string | undefined
  readonly param?: readonly string[] | undefined
  readonly "secret-id"?: string | undefined
  readonly "app-token-secret-id"?: string | undefined
}

function readStage({ stage, region, profile, param: params }: Values): Deployment | undefined {
  if (stage === undefined) {
    if (profile !== undefined || params !== undefined)
      throw new CommandFailure("--profile and --param need --stage.")
    return undefined
  }
  const deployment = readDeployment({ stage, region, profile, params })
  useDeployment(deployment)
  return deployment
}

function readTarget(values: Values, deployment: Deployment | undefined): DoctorTarget | Deployment {
  const url = readSafeUrl("--url", values.url)
  const endpoint = readSafeUrl("--endpoint", values.endpoint)
  const { function: name } = values
  if (url !== undefined && name !== undefined) throw new CommandFailure("Pass either --url or --function.")
  if (name === undefined && endpoint !== undefined) throw new CommandFailure("--endpoint needs --function.")
  if (name !== undefined) return { kind: "function", name, endpoint }
  if (url !== undefined) return { kind: "url", url }
  if (!deployment) throw new CommandFailure("Pass --stage, --url or --function.")
  const { domainName } = deployment.settings
  return domainName === "" ? deployment : { kind: "url", url: `https://${domainName}` }
}

/** Undefined if `deployment.yml` says which pages to check. */
function readOrigins(
  origins: readonly string[] | undefined,
  target: DoctorTarget | Deployment,
): readonly string[] | undefined {
  const isFunction = "kind" in target && target.kind === "function"
  if (origins === undefined) return isFunction ? [] : undefined
  if (isFunction)
    throw new CommandFailure("--origin needs --url or --stage: a page cannot invoke a function.")
  if (origins.every(isOrigin)) return origins
  throw new CommandFailure("--origin must be scheme, host and port of the page, without a slash at the end.")
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

function readHeaderName(text: string): string {
  if (/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(text)) return text.toLowerCase()
  throw new CommandFailure("--request-header must be the name of a header, e.g. traceparent.")
}

function readSecrets(
  { "secret-id": secretId, "app-token-secret-id": appTokenSecretId }: Values,
  settings: Deployment["settings"] | undefined,
): ComparedSecrets | undefined {
  const isAsked = secretId !== undefined || appTokenSecretId !== undefined
  const ids = {
    secretId: secretId ?? settings?.clientSecretId ?? "",
    appTokenSecretId: appTokenSecretId ?? settings?.appTokenSecretId ?? "",
  }
  if (!isAsked && ids.appTokenSecretId === "") return undefined
  if (ids.secretId === "" || (ids.appTokenSecretId === "" && appTokenSecretId === undefined)) {
    throw new CommandFailure("--secret-id and --app-token-secret-id need each other.")
  }
  checkAppTokenSecretId(ids.appTokenSecretId, ids.secretId)
  return { ...ids, isAsked }
}

function commaSeparated(text = ""): readonly string[] {
  return text === "" ? [] : text.split(",")
}
