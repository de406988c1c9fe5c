// Starts AWS's Node runtime client as Lambda does: with the task root and the handler from the environment.
import "./rapid-client.cjs"
import { run } from "aws-lambda-ric"

await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER)
