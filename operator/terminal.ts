import { createInterface } from "node:readline/promises"
import { Writable } from "node:stream"
import { text } from "node:stream/consumers"
import { CommandFailure } from "./failure.ts"

const colour = process.stdout.isTTY && !process.env.NO_COLOR

export const bold = (words: string): string => styled(1, words)
export const green = (words: string): string => styled(32, words)
export const yellow = (words: string): string => styled(33, words)
export const red = (words: string): string => styled(31, words)

function styled(code: number, words: string): string {
  return colour ? `\x1b[${code}m${words}\x1b[0m` : words
}

export function print(line = ""): void {
  process.stdout.write(`${line}\n`)
}

/** Asks for a value at the terminal without echoing it. Returns the line as typed. */
export async function askHidden(question: string): Promise<string> {
  return await ask(question, { isHidden: true, otherwise: "pass --stdin and pipe the value in" })
}

/** Asks for confirmation at the terminal. Every answer but yes is a no. */
export async function confirm(question: string): Promise<boolean> {
  const answer = await ask(`${question} [y/N] `, { isHidden: false, otherwise: "pass --yes" })
  return /^y(es)?$/i.test(answer.trim())
}

/** Reads stdin to its end. */
export async function readStdin(): Promise<string> {
  return await text(process.stdin)
}

interface AskOptions {
  readonly isHidden: boolean
  /** Advice for when stdin is not a terminal. */
  readonly otherwise: string
}

async function ask(question: string, { isHidden, otherwise }: AskOptions): Promise<string> {
  if (!process.stdin.isTTY)
    throw new CommandFailure(`Cannot ask, because stdin is not a terminal: ${otherwise}.`)
  // This turns the echo off, so it comes before the question is printed.
  const output = isHidden ? nowhere() : process.stderr
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  lines.once("SIGINT", () => {
    process.stderr.write("\nNothing was changed.\n")
    process.exit(130)
  })
  if (isHidden) process.stderr.write(question)
  lines.setPrompt(isHidden ? "" : question)
  lines.prompt()
  const line = await lines[Symbol.asyncIterator]().next()
  lines.close()
  if (isHidden || line.done) process.stderr.write("\n")
  return line.done ? "" : line.value
}

function nowhere(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
}
