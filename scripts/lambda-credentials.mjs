// Stands in for @aws-sdk/credential-provider-node in the bundles.
import { fromEnv } from "@aws-sdk/credential-provider-env"

export const defaultProvider = () => fromEnv()
