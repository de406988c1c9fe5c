// Opens the connection to Secrets Manager while the AWS SDK and jose are evaluated.
import { config, connections } from "../environment.ts"

if (!("problems" in config)) connections.open(endpointOf(process.env))

/** The endpoint that the AWS SDK will find. If it finds another, the connection is not used. */
function endpointOf(env: NodeJS.ProcessEnv): string {
  const isIgnored = env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true"
  const configured = [env.AWS_ENDPOINT_URL_SECRETS_MANAGER, env.AWS_ENDPOINT_URL].find(Boolean)
  if (configured && !isIgnored) return configured
  const region = env.AWS_REGION ?? ""
  const fips = env.AWS_USE_FIPS_ENDPOINT === "true" ? "-fips" : ""
  const china = region.startsWith("cn-") ? ".cn" : ""
  return `https://secretsmanager${fips}.${region}.amazonaws.com${china}`
}
