import { CommandFailure } from "./failure.ts"

/** Runs a command to its end: the exit code is 1 when it did not do what was asked for. */
export async function run(main: () => Promise<boolean>): Promise<void> {
  // What the AWS SDK will want of Node some day is not for the operator.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true"
  tolerateClosedPipe(process.stdout)
  tolerateClosedPipe(process.stderr)
  try {
    if (!(await main())) process.exitCode = 1
  } catch (error) {
    process.stderr.write(`${messageFor(error)}\n`)
    process.exitCode = 1
  }
}

/** Whoever reads the output may stop before its end (`| head`). A change that has begun is finished all the same. */
function tolerateClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (process.exitCode === undefined && stream !== process.stderr) {
      process.stderr.write(`The output could not be written to its end (${code ?? "unknown"}).\n`)
    }
    process.exitCode = 1
  })
}

/** Of an error that is not ours only the name is said: its message may quote what it was given. */
function messageFor(error: unknown): string {
  if (error instanceof CommandFailure) return error.message
  const name = error instanceof Error && /^\w{1,64}$/.test(error.name) ? error.name : "unknown"
  return `Something unexpected happened (${name}).`
}
