import { deploy } from "./stack/deploy.ts"
import { run } from "./run.ts"

await run(deploy)
