import { world } from "../lib/adapters/connect.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/handler.ts"
import { startLogin } from "../lib/start-login.ts"

export const handler = createHandler(startLogin, loadConfig(process.env), world)
