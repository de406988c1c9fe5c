import { lambdaRuntime } from "../lib/adapters/runtime.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/request/handler.ts"
import { exchangeCode } from "../lib/operations/token.ts"

export const handler = createHandler(exchangeCode, loadConfig(process.env), lambdaRuntime)
