// The Secrets Manager client's runtime configuration for Lambda, in the place of the one for any Node program. Settings
// come from the environment, which Lambda sets, and never from profile files.
import { fromEnv } from "@aws-sdk/credential-provider-env"
import { calculateBodyLength } from "@smithy/core/serde"
import { NodeHttpHandler, streamCollector } from "@smithy/node-http-handler"
import { getRuntimeConfig as getSharedRuntimeConfig } from "./runtimeConfig.shared"

export const getRuntimeConfig = (config) => ({
  ...getSharedRuntimeConfig(config),
  ...config,
  runtime: "node",
  defaultsMode: async () => "standard",
  bodyLengthChecker: calculateBodyLength,
  credentialDefaultProvider: () => fromEnv(),
  defaultUserAgentProvider: async () => [["superoffice-token-exchange"]],
  region: process.env.AWS_REGION,
  requestHandler: NodeHttpHandler.create(config.requestHandler),
  retryMode: async () => "standard",
  streamCollector,
  useDualstackEndpoint: false,
  useFipsEndpoint: process.env.AWS_USE_FIPS_ENDPOINT === "true",
})
