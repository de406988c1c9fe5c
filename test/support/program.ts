import { PassThrough } from "node:stream"
import { succeeds, type Program } from "../../operator/run.ts"
import { recordOutput, type CommandResult, type RunningCommand } from "./command.ts"

export interface ProgramOptions {
  /** Changes of the environment. Undefined: the variable is not set. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The folder of `deployment.yml`; the repository's unless given. */
  readonly folder?: string
}

export type RunningProgram = Pick<RunningCommand, "said" | "type" | "printed" | "end">

/**
 * Starts a command of the operator's within this process, which spares the start of another. What only a process has is for
 * `startCommand`: a terminal, signals, certificates that Node trusts, an exit.
 */
export function startProgram<Options>(
  program: Program<Options>,
  args: readonly string[],
  { env = {}, folder = process.cwd() }: ProgramOptions = {},
): RunningProgram {
  const before = { argv: process.argv, env: { ...process.env }, folder: process.cwd() }
  const output = recordOutput()
  const input = new PassThrough()
  const restore = [
    replace(process, "stdin", input),
    ...(["stdout", "stderr"] as const).map((stream) =>
      replace(process[stream], "write", (chunk: string) => {
        output.hear(stream, chunk)
        return true
      }),
    ),
  ]
  process.argv = [process.execPath, "operator", ...args]
  setEnv({ ...before.env, ...env })
  process.chdir(folder)
  const ended = succeeds(program).finally(() => {
    for (const undo of restore) undo()
    process.argv = before.argv
    setEnv(before.env)
    process.chdir(before.folder)
  })
  return {
    said: (text) => output.said(text, ended),
    type: (text) => input.write(text),
    printed: () => output.soFar.stdout,
    async end() {
      input.end()
      return { exitCode: (await ended) ? 0 : 1, ...output.soFar }
    },
  }
}

/** Runs it to its end, with this for its input. */
export async function runProgram<Options>(
  program: Program<Options>,
  args: readonly string[],
  { input = "", ...options }: ProgramOptions & { readonly input?: string } = {},
): Promise<CommandResult> {
  const running = startProgram(program, args, options)
  running.type(input)
  return await running.end()
}

/** Returns what undoes it. */
function replace(owner: object, name: string, value: unknown): () => void {
  const property = Object.getOwnPropertyDescriptor(owner, name)
  Object.defineProperty(owner, name, { configurable: true, writable: true, value })
  return () => {
    if (property) Object.defineProperty(owner, name, property)
    else Reflect.deleteProperty(owner, name)
  }
}

function setEnv(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) {
    if (env[name] === undefined) Reflect.deleteProperty(process.env, name)
  }
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined) process.env[name] = value
  }
}
