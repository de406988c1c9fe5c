import { config, connections } from "../lib/adapters/environment.ts"
import { createLambdaRuntime } from "../lib/adapters/runtime.ts"
import { createHandler } from "../lib/request/handler.ts"
import { authenticateSystemUser } from "../lib/operations/authenticate-system-user.ts"

/** The Lambda handler of `authenticate-system-user`. Reads the settings once, when the module loads. */
export const handler = createHandler(authenticateSystemUser, config, createLambdaRuntime(connections))
