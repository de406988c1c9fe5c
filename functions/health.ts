import { lambdaRuntime } from "../lib/adapters/runtime.ts"
import { loadConfig } from "../lib/config.ts"
import { createHandler } from "../lib/request/handler.ts"
import { health } from "../lib/operations/health.ts"

/** The version of the service. The build replaces this name (scripts/build.ts). */
declare const SERVICE_VERSION: string

/** The Lambda handler of `health`. Reads the settings once, when the module loads. */
export const handler = createHandler(health(SERVICE_VERSION), loadConfig(process.env), lambdaRuntime)
