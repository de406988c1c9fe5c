import { CommandFailure } from "./failure.ts"

/** Runs a command. Sets the exit code to 1 when it returns false or throws. */
export async function run(main: () => Promise<boolean>): Promise<void> {
  // Hide the AWS SDK's warning about future Node versions, because the operator cannot act on it.
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

/** The reader of the output may close the pipe early (`| head`). A change that has begun is still finished. */
function tolerateClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (process.exitCode === undefined && stream !== process.stderr) {
      process.stderr.write(`The output could not be written completely (${code ?? "unknown"}).\n`)
    }
    process.exitCode = 1
  })
}

/** Of an unknown error only the name, because its message may quote a secret. */
function messageFor(error: unknown): string {
  if (error instanceof CommandFailure) return error.message
  const name = error instanceof Error && /^\w{1,64}$/.test(error.name) ? error.name : "unknown"
  return `Unexpected error (${name}).`
}
