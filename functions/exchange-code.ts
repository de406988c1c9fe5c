import { lambdaRuntime } from "../lib/adapters/runtime.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/request/handler.ts"
import { exchangeCode } from "../lib/operations/token.ts"

/** The Lambda handler of `exchange-code`. Reads the settings once, when the module loads. */
export const handler = createHandler(exchangeCode, loadConfig(process.env), lambdaRuntime)
