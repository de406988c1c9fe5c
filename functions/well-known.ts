import { config, connections } from "../lib/adapters/environment.ts"
import { createLambdaRuntime } from "../lib/adapters/runtime.ts"
import { wellKnown } from "../lib/operations/well-known.ts"
import { createDocumentsHandler } from "../lib/request/documents.ts"

/** The Lambda handler of `well-known`. Reads the settings once, when the module loads. */
export const handler = createDocumentsHandler(wellKnown, config, createLambdaRuntime(connections))
