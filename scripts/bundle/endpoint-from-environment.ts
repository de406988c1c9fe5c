// The endpoint in the environment variables, if any (AWS SDKs and Tools Reference Guide, service-specific endpoints).
// eslint-disable-next-line @typescript-eslint/require-await -- the SDK calls it for a promise
export const getEndpointFromConfig = async () => {
  const { env } = process
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true") return undefined
  // eslint-disable-next-line @typescript-eslint/prefer-nullish-coalescing -- an empty variable names no endpoint
  return env.AWS_ENDPOINT_URL_SECRETS_MANAGER || env.AWS_ENDPOINT_URL || undefined
}
