import { lambdaRuntime } from "../lib/adapters/runtime.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/request/handler.ts"
import { revokeToken } from "../lib/operations/revoke-token.ts"

/** The Lambda handler of `revoke-token`. Reads the settings once, when the module loads. */
export const handler = createHandler(revokeToken, loadConfig(process.env), lambdaRuntime)
