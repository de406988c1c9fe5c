import { remove } from "./stack/remove.ts"
import { run } from "./run.ts"

await run(remove)
