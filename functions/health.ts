import { lambdaRuntime } from "../lib/adapters/runtime.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/request/handler.ts"
import { health } from "../lib/operations/health.ts"

/** Put in by the build (scripts/build.ts). */
declare const SERVICE_VERSION: string

export const handler = createHandler(health(SERVICE_VERSION), loadConfig(process.env), lambdaRuntime)
