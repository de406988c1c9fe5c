import { world } from "../lib/adapters/connect.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/handler.ts"
import { token } from "../lib/token-functions.ts"

export const handler = createHandler(token, loadConfig(process.env), world)
