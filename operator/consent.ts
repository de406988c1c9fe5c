import { consent } from "./consent/program.ts"
import { run } from "./run.ts"

await run(consent)
