// First, because the handshakes then run while the other modules are evaluated.
import "../lib/adapters/early/secrets-manager.ts"
import "../lib/adapters/early/superoffice.ts"
import { config, connections } from "../lib/adapters/environment.ts"
import { createLambdaRuntime } from "../lib/adapters/runtime.ts"
import { createHandler } from "../lib/request/handler.ts"
import { health } from "../lib/operations/health.ts"

/** The version of the service. The build replaces this name (scripts/build.ts). */
declare const SERVICE_VERSION: string

/** The Lambda handler of `health`. Reads the settings once, when the module loads. */
export const handler = createHandler(health(SERVICE_VERSION), config, createLambdaRuntime(connections))
