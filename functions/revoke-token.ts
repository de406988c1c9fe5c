import { world } from "../lib/adapters/connect.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/handler.ts"
import { revokeToken } from "../lib/revocation.ts"

export const handler = createHandler(revokeToken, loadConfig(process.env), world)
