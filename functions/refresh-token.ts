import { world } from "../lib/adapters/connect.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/handler.ts"
import { refreshToken } from "../lib/token-functions.ts"

export const handler = createHandler(refreshToken, loadConfig(process.env), world)
