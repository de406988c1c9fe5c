import { CommandFailure } from "./failure.ts"
import { print } from "./terminal.ts"

/** What `npm run NAME` does, for one of the operator's commands. */
export interface Program<Options> {
  readonly usage: string
  /** Reads the command line; undefined when it asks for help. */
  readonly readOptions: () => Options | undefined
  /** Returns false when not all that was asked for is done. */
  readonly execute: (options: Options) => Promise<boolean>
}

/** Runs a program as all that this process does. Sets the exit code to 1 when it fails. */
export async function run<Options>(program: Program<Options>): Promise<void> {
  // Hide the AWS SDK's warning about future Node versions, because the operator cannot act on it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true"
  tolerateClosedPipe(process.stdout)
  tolerateClosedPipe(process.stderr)
  if (!(await succeeds(program))) process.exitCode = 1
}

/** Runs a program to its end. Writes to stderr why it failed. */
export async function succeeds<Options>({ usage, readOptions, execute }: Program<Options>): Promise<boolean> {
  try {
    const options = readOptions()
    if (options) return await execute(options)
    print(usage)
    return true
  } catch (error) {
    process.stderr.write(`${messageFor(error)}\n`)
    return false
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
