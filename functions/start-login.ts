import { lambdaRuntime } from "../lib/adapters/runtime.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/request/handler.ts"
import { startLogin } from "../lib/operations/start-login.ts"

export const handler = createHandler(startLogin, loadConfig(process.env), lambdaRuntime)
