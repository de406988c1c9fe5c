import { spawnSync } from "node:child_process"

const found = spawnSync("python3", ["-c", "import boto3"], { stdio: "ignore" }).status === 0

/**
 * Python 3 with boto3. Undefined when there is none and tests that need it are left out: `REQUIRE_PYTHON` makes them fail
 * instead.
 */
export const python: string | undefined = found || process.env.REQUIRE_PYTHON ? "python3" : undefined

if (python === undefined) {
  console.log("left out: no Python with boto3; apt-get install python3-boto3")
}
