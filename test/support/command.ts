import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { inject } from "vitest"

/** A program of the operator's while it runs. */
export type RunningCommand = ReturnType<typeof startCommand>

export interface CommandResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

const root = fileURLToPath(new URL("../..", import.meta.url))

interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** At a pseudo terminal, where both streams are one. */
  readonly atTerminal?: boolean
  /** The folder of `deployment.yml`; the repository's unless given. */
  readonly folder?: string
}

/** Starts `operator/<name>.ts`, bundled. */
export function startCommand(
  name: string,
  args: readonly string[],
  { env = {}, atTerminal = false, folder = root }: CommandOptions = {},
) {
  const command = [process.execPath, join(inject("operatorCommands"), `${name}.mjs`), ...args]
  const [program = "", ...rest] = atTerminal ? ["script", "-qec", shellWords(command), "/dev/null"] : command
  const child = spawn(program, rest, { cwd: folder, env: { ...process.env, ...env } })
  const output = recordOutput()
  const answers: (() => void)[] = []
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => {
      output.hear(stream, chunk)
      for (const answer of answers) answer()
    })
  }
  const closed = once(child, "close") as Promise<[number | null]>
  // A program that has ended does not read.
  child.stdin.on("error", () => undefined)
  return {
    /** Waits until it has written this, on either stream, after what was waited for before. */
    said: (text: string) => output.said(text, closed),
    type: (text: string) => child.stdin.write(text),
    /** What it has written to stdout so far. */
    printed: () => output.soFar.stdout,
    signal: (name: NodeJS.Signals) => child.kill(name),
    /** From now on types the second text whenever the output ends with the first. */
    answer(question: RegExp, text: () => string): void {
      let from = 0
      answers.push(() => {
        if (!question.test(output.soFar.stdout.slice(from))) return
        from = output.soFar.stdout.length
        child.stdin.write(text())
      })
    },
    closeStdout: () => child.stdout.destroy(),
    /** Ends its input, and waits for its end. */
    async end(): Promise<CommandResult> {
      if (!atTerminal) child.stdin.end()
      const [exitCode] = await closed
      return { exitCode, ...output.soFar }
    },
  }
}

/** Runs it to its end, with this for its input. */
export async function runCommand(
  name: string,
  args: readonly string[],
  { input = "", ...options }: CommandOptions & { readonly input?: string } = {},
): Promise<CommandResult> {
  const command = startCommand(name, args, options)
  command.type(input)
  return await command.end()
}

/** What a command writes. A test can wait for a part of it. */
export function recordOutput() {
  const soFar = { stdout: "", stderr: "" }
  let heard = ""
  let wake = (): void => undefined
  return {
    soFar,
    hear(stream: keyof typeof soFar, chunk: string): void {
      soFar[stream] += chunk
      heard += chunk
      wake()
    },
    async said(text: string, ended: Promise<unknown>): Promise<void> {
      while (!heard.includes(text)) {
        const more = new Promise<"more">((resolve) => {
          wake = () => {
            resolve("more")
          }
        })
        if ((await Promise.race([more, ended])) !== "more") throw new Error(`it ended, saying ${heard}`)
      }
      heard = heard.slice(heard.indexOf(text) + text.length)
    },
  }
}

function shellWords(command: readonly string[]): string {
  return command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")
}
