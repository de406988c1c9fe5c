import { lambdaRuntime } from "../lib/adapters/runtime.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/request/handler.ts"
import { startLogin } from "../lib/operations/start-login.ts"

/** The Lambda handler of `start-login`. Reads the settings once, when the module loads. */
export const handler = createHandler(startLogin, loadConfig(process.env), lambdaRuntime)
