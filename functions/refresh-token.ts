import { lambdaRuntime } from "../lib/adapters/runtime.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/request/handler.ts"
import { refreshToken } from "../lib/operations/token.ts"

/** The Lambda handler of `refresh-token`. Reads the settings once, when the module loads. */
export const handler = createHandler(refreshToken, loadConfig(process.env), lambdaRuntime)
