import { lambdaRuntime } from "../lib/adapters/runtime.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/request/handler.ts"
import { token } from "../lib/operations/token.ts"

export const handler = createHandler(token, loadConfig(process.env), lambdaRuntime)
