// First, because the handshakes then run while the other modules are evaluated.
import "../lib/adapters/early/secrets-manager.ts"
import { config, connections } from "../lib/adapters/environment.ts"
import { createLambdaRuntime } from "../lib/adapters/runtime.ts"
import { createHandler } from "../lib/request/handler.ts"
import { startLogin } from "../lib/operations/start-login.ts"

/** The Lambda handler of `start-login`. Reads the settings once, when the module loads. */
export const handler = createHandler(startLogin, config, createLambdaRuntime(connections))
