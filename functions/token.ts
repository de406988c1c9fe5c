import { lambdaRuntime } from "../lib/adapters/runtime.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/request/handler.ts"
import { token } from "../lib/operations/token.ts"

/** The Lambda handler of `token`. Reads the settings once, when the module loads. */
export const handler = createHandler(token, loadConfig(process.env), lambdaRuntime)
