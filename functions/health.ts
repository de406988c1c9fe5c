import { world } from "../lib/adapters/connect.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/handler.ts"
import { health } from "../lib/health.ts"

/** Put in by the build (scripts/build.mjs). */
declare const SERVICE_VERSION: string

export const handler = createHandler(health(SERVICE_VERSION), loadConfig(process.env), world)
