import { secret } from "./secret/program.ts"
import { run } from "./run.ts"

await run(secret)
