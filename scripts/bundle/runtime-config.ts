// The Secrets Manager client's runtime configuration for Lambda. Replaces the one for any Node program. Settings come
// from the environment, which Lambda sets, and never from profile files.
/* eslint-disable @typescript-eslint/require-await -- the SDK calls these for promises */
import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager"
import type { getRuntimeConfig as original } from "@aws-sdk/client-secrets-manager/dist-types/runtimeConfig.js"
import { fromEnv } from "@aws-sdk/credential-provider-env"
import { calculateBodyLength } from "@smithy/core/serde"
import { NodeHttpHandler, streamCollector, type NodeHttpHandlerOptions } from "@smithy/node-http-handler"
import { getRuntimeConfig as getSharedRuntimeConfig } from "./runtimeConfig.shared.js"

/** Our client passes options for a handler, never a handler. */
interface Configuration extends SecretsManagerClientConfig {
  readonly requestHandler?: NodeHttpHandlerOptions
}

type Original = ReturnType<typeof original>
type Settings = { readonly [Name in keyof Original]?: Original[Name] | undefined }

export const getRuntimeConfig = (config: Configuration): Settings => ({
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
