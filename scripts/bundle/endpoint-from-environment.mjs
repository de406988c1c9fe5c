// The endpoint that the environment names, if it does (AWS SDKs and Tools Reference Guide, service-specific endpoints).
export const getEndpointFromConfig = async () => {
  const { env } = process
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true") return undefined
  return env.AWS_ENDPOINT_URL_SECRETS_MANAGER || env.AWS_ENDPOINT_URL || undefined
}
