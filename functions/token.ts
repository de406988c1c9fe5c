// First, because the handshakes then run while the other modules are evaluated.
import "../lib/adapters/early/secrets-manager.ts"
import "../lib/adapters/early/superoffice.ts"
import { config, connections } from "../lib/adapters/environment.ts"
import { createLambdaRuntime } from "../lib/adapters/runtime.ts"
import { createHandler } from "../lib/request/handler.ts"
import { token } from "../lib/operations/token.ts"

/** The Lambda handler of `token`. Reads the settings once, when the module loads. */
export const handler = createHandler(token, config, createLambdaRuntime(connections))
