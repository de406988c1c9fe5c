// A function file imports this first: the connection to Secrets Manager is opened before the AWS SDK and jose are evaluated.
import type { Config, InvalidConfig } from "../../config.ts"
import type { Connections } from "../connections.ts"
import { config, connections } from "../environment.ts"

openSecretsManager(config, connections, process.env)

/**
 * Opens a connection to Secrets Manager, if the settings are right: to the endpoint that the AWS SDK will find. If it finds
 * another, the connection is not used.
 */
export function openSecretsManager(
  config: Config | InvalidConfig,
  connections: Pick<Connections, "open">,
  env: Readonly<Record<string, string | undefined>>,
): void {
  if (!("problems" in config)) connections.open(endpointOf(env))
}

function endpointOf(env: Readonly<Record<string, string | undefined>>): string {
  const configured = [env.AWS_ENDPOINT_URL_SECRETS_MANAGER, env.AWS_ENDPOINT_URL].find(Boolean)
  if (configured && env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS !== "true") return configured
  const region = env.AWS_REGION ?? ""
  const fips = env.AWS_USE_FIPS_ENDPOINT === "true" ? "-fips" : ""
  const china = region.startsWith("cn-") ? ".cn" : ""
  return `https://secretsmanager${fips}.${region}.amazonaws.com${china}`
}
