import { packageProgram } from "./package/program.ts"
import { run } from "./run.ts"

await run(packageProgram)
