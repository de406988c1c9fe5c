import { spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { CommandFailure } from "../failure.ts"
import type { StackOptions } from "../deployment/options.ts"

export interface ProcessResult {
  readonly succeeded: boolean
  /** Both streams, in the order in which they came. */
  readonly output: string
}

/** Builds the functions' bundles into this folder, as `npm run build` does. */
export async function build(): Promise<void> {
  const script = fileURLToPath(new URL("../../scripts/build.ts", import.meta.url))
  const { succeeded, output } = await runNode(["--import", "tsx", script, "dist"])
  if (!succeeded) throw new CommandFailure(`The functions cannot be built:\n\n${output}`)
}

/** Runs Serverless Framework with the stage and the settings that the operator named. */
export async function runFramework(
  command: "package" | "deploy" | "remove",
  { deployment, params }: StackOptions,
  options: readonly string[] = [],
): Promise<ProcessResult> {
  const { stage, region, profile } = deployment
  const manifest = createRequire(import.meta.url).resolve("serverless/package.json")
  const args = [
    ...["--stage", stage],
    ...(region === undefined ? [] : ["--region", region]),
    ...(profile === undefined ? [] : ["--aws-profile", profile]),
    ...params.map((param) => `--param=${param}`),
  ]
  return await runNode([join(dirname(manifest), "bin/serverless.js"), command, ...args, ...options])
}

async function runNode(args: readonly string[]): Promise<ProcessResult> {
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk
    })
  }
  const [status] = (await once(child, "close")) as [number | null]
  return { succeeded: status === 0, output: output.trim() }
}
