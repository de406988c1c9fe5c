import { doctor } from "./doctor/program.ts"
import { run } from "./run.ts"

await run(doctor)
