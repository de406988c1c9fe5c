import { spellTenant, tenantSecretId } from "../../client/cloud/tenant-secret.ts"
import { loadConfig, type Config } from "../../lib/config.ts"
import { variablesOf } from "../deployment/check.ts"
import { readDeployment, type Deployment } from "../deployment/deployment.ts"
import { secretIdsOf } from "../deployment/settings.ts"
import { missingStage } from "../deployment/options.ts"
import { useDeployment } from "../deployment/use.ts"
import { CommandFailure } from "../failure.ts"
import { optionWords, readOptions, refuseKeptByNpm } from "../options.ts"
import { isSameSecret } from "../secret/options.ts"
import type { StoreOptions } from "../secret/store.ts"
import { keptByNpm } from "../shell.ts"

/** Fixed, because the redirect URI with it has to be registered at SuperOffice. */
const defaultPort = 8790

export const usage = `Usage: npm run consent -- --stage NAME --tenant Cust12345 [options]

Lets an administrator of a tenant sign in on this machine, has the deployed functions redeem the code, and stores the
tenant's system token in AWS Secrets Manager. Shows no token.

  --stage NAME          takes functions, environment, KMS key, region and profile from this section of deployment.yml
  --tenant NAME         the tenant's context identifier, e.g. Cust12345
  --with-refresh-token  stores the refresh token of whoever signs in, too
  --secret-id NAME      name or ARN of the secret, if not superoffice/STAGE/tenants/Cust12345
  --port NUMBER         waits on this port of 127.0.0.1, if not on ${defaultPort}
  --no-open             prints the address of the sign-in, and opens no browser
  --region NAME         the AWS region, if not the one in deployment.yml
  --profile NAME        the AWS profile, if not the one in deployment.yml
  --help                prints this text

${redirectUriOf(defaultPort)} has to be registered as a redirect URI of the application at SuperOffice; with
--port, the same with that port.

Is the administrator somewhere else? Then let your application's own page hand the code to a backend that redeems it and
stores the token: examples/sign-in-api.ts, and "First consent" in docs/secrets.md.

The exit status is 0 if all that was asked for is stored, and 1 otherwise.`

export interface ConsentOptions {
  readonly deployment: Deployment
  readonly config: Config
  /** Spelled as in the name of the secret. */
  readonly tenant: string
  readonly secret: StoreOptions
  readonly withRefreshToken: boolean
  readonly port: number
  readonly redirectUri: string
  readonly opensBrowser: boolean
  /** This command line, for another try. */
  readonly command: string
  /** The options that name the deployment on the command line of other commands. */
  readonly stageWords: string
}

const naming = ["stage", "tenant", "secret-id", "port", "region", "profile"] as const

/** Reads the command line and `deployment.yml`; undefined when the command line asks for help. */
export function readConsentOptions(): ConsentOptions | undefined {
  const { values, positionals } = readOptions({
    stage: { type: "string" },
    tenant: { type: "string" },
    "with-refresh-token": { type: "boolean" },
    "secret-id": { type: "string" },
    port: { type: "string" },
    "no-open": { type: "boolean" },
    region: { type: "string" },
    profile: { type: "string" },
    help: { type: "boolean" },
  })
  if (values.help) return undefined
  if (!values.stage && process.env.npm_config_stage) throw missingStage("consent", positionals)
  refuseKeptByNpm("consent --", naming, values)
  if (process.env.npm_config_with_refresh_token && !values["with-refresh-token"]) {
    throw new CommandFailure(keptByNpm("with-refresh-token", "consent -- --with-refresh-token"))
  }
  if (positionals.length > 0) throw new CommandFailure("consent takes only options: --help lists them.")
  const { stage, region, profile, "with-refresh-token": withRefreshToken = false } = values
  if (!stage) throw missingStage("consent")
  const tenant = readTenant(values.tenant)
  const port = readPort(values.port)
  const redirectUri = redirectUriOf(port)
  const deployment = readDeployment({ stage, region, profile })
  useDeployment(deployment)
  const stageWords = optionWords(["stage", "region", "profile"], values)
  const command = `npm run consent -- ${optionWords(naming, values)}${withRefreshToken ? " --with-refresh-token" : ""}`
  const config = configOf(deployment)
  if (config.allowedRedirectUris?.has(redirectUri) === false) {
    throw new CommandFailure(
      `allowedRedirectUris in deployment.yml lacks ${redirectUri}, so the deployed function would refuse the code. ` +
        `Add it there, register it for the application at SuperOffice, and deploy: npm run deploy -- ${stageWords}`,
    )
  }
  return {
    deployment,
    config,
    tenant,
    secret: {
      secretId: readSecretId(values["secret-id"], { stage, tenant }, deployment),
      region: deployment.region,
      endpoint: undefined,
      createdBy: command,
    },
    withRefreshToken,
    port,
    redirectUri,
    opensBrowser: !(values["no-open"] ?? false),
    command,
    stageWords,
  }
}

/** The loopback redirect URI of RFC 8252 §7.3. The address and not `localhost`, because a name may resolve to another (§8.3). */
function redirectUriOf(port: number): string {
  return `http://127.0.0.1:${port}/callback`
}

function readTenant(text: string | undefined): string {
  if (text === undefined) {
    throw new CommandFailure("No tenant is named: pass --tenant and its context identifier, e.g. Cust12345.")
  }
  const tenant = spellTenant(text)
  if (tenant !== undefined) return tenant
  throw new CommandFailure("--tenant must be a context identifier: 1 to 32 letters and digits.")
}

function readPort(text: string | undefined): number {
  if (text === undefined) return defaultPort
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  // A URL leaves out port 80, and SuperOffice compares redirect URIs as texts.
  if (port >= 1024 && port <= 65_535) return port
  throw new CommandFailure("--port must be a whole number from 1024 to 65535.")
}

/** The functions' own settings, with what leads this machine to the local provider: `npm start` prints it. */
function configOf({ settings }: Deployment): Config {
  const { LOCAL_PROVIDER_URL, AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS } =
    process.env
  const config = loadConfig({
    ...variablesOf(settings),
    LOCAL_PROVIDER_URL,
    AWS_ENDPOINT_URL_SECRETS_MANAGER,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS,
  })
  if (!("problems" in config)) return config
  throw new CommandFailure(
    `${config.problems.join(". ")}. Unset LOCAL_PROVIDER_URL, or set all variables that npm start prints.`,
  )
}

/** Not one of the deployment's other secrets, of which a job must read nothing. */
function readSecretId(
  given: string | undefined,
  place: Parameters<typeof tenantSecretId>[0],
  { settings }: Deployment,
): string {
  if (given === undefined) {
    const named = tenantSecretId(place)
    if (named.ok) return named.value
    throw new CommandFailure(named.error.error_description)
  }
  if (given === "") throw new CommandFailure("--secret-id names no secret.")
  if (secretIdsOf(settings).some((id) => isSameSecret(id, given))) {
    throw new CommandFailure("--secret-id must name a secret of its own, which deployment.yml does not name.")
  }
  return given
}
