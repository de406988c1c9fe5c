import { world } from "../lib/adapters/connect.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/handler.ts"
import { authenticateSystemUser } from "../lib/system-user.ts"

export const handler = createHandler(authenticateSystemUser, loadConfig(process.env), world)
