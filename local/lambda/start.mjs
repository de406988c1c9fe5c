// Starts AWS's Node runtime client as Lambda does: with the task root and the handler from the environment. Version 4 of the
// client asks for Node 22 when it is installed, and on Windows passes import() a path, whose drive letter is no scheme.
import "./rapid-client.cjs"
import { run } from "aws-lambda-ric"

await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER)
