import { createInterface } from "node:readline/promises"
import { text } from "node:stream/consumers"
import type { ReadStream } from "node:tty"
import { CommandFailure } from "./failure.ts"

const colour = process.stdout.isTTY && !process.env.NO_COLOR

export const bold = (words: string): string => styled(1, words)
export const dim = (words: string): string => styled(2, words)
export const green = (words: string): string => styled(32, words)
export const yellow = (words: string): string => styled(33, words)
export const red = (words: string): string => styled(31, words)

function styled(code: number, words: string): string {
  return colour ? `\x1b[${code}m${words}\x1b[0m` : words
}

export function print(line = ""): void {
  process.stdout.write(`${line}\n`)
}

/**
 * Asks for a value at the terminal without echoing it. Returns what was typed, as soon as `isWhole` says that it is whole: the
 * first line unless given. Ctrl-D ends it too.
 */
export async function askHidden(
  question: string,
  isWhole: (typed: string) => boolean = hasLineEnd,
): Promise<string> {
  const stdin = await silentTerminal("pass --stdin and pipe the value in")
  process.stderr.write(question)
  try {
    return await readTyped(stdin, isWhole)
  } finally {
    // The rest of what was pasted would be run by the shell.
    await discardInput(stdin)
    stdin.setRawMode(false)
    process.stderr.write("\n")
  }
}

/** Asks for confirmation at the terminal. Every answer but yes is a no. */
export async function confirm(question: string): Promise<boolean> {
  const input = await silentTerminal("pass --yes")
  const lines = createInterface({ input, output: process.stderr, terminal: true, historySize: 0 })
  lines.once("SIGINT", abandon)
  lines.setPrompt(`${question} [y/N] `)
  lines.prompt()
  const line = await lines[Symbol.asyncIterator]().next()
  lines.close()
  if (line.done) process.stderr.write("\n")
  return !line.done && /^y(es)?$/i.test(line.value.trim())
}

/** Reads stdin to its end. */
export async function readStdin(): Promise<string> {
  return await text(process.stdin)
}

/**
 * Turns the terminal's echo off, and throws away what was typed or pasted before the question: whoever did so did not answer
 * it, and the terminal has shown it.
 */
async function silentTerminal(otherwise: string): Promise<ReadStream> {
  const { stdin } = process
  if (!stdin.isTTY) throw new CommandFailure(`Cannot ask, because stdin is not a terminal: ${otherwise}.`)
  stdin.setRawMode(true)
  if (await discardInput(stdin)) {
    process.stderr.write(
      "What was typed before this question was thrown away, but the terminal may show it.\n",
    )
  }
  return stdin
}

const quietMs = 100

/** Reads until nothing has come for a moment. Returns whether anything came. */
async function discardInput(stdin: ReadStream): Promise<boolean> {
  let isEmpty = true
  for (;;) {
    const typed = await nextInput(stdin, quietMs)
    if (typed === undefined) return !isEmpty
    if (typed.includes(ctrl.c)) abandon()
    isEmpty = false
  }
}

const ctrl = { c: "\x03", d: "\x04", u: "\x15" } as const

/** The terminal does not edit the line in this mode, so this does. */
async function readTyped(stdin: ReadStream, isWhole: (typed: string) => boolean): Promise<string> {
  let typed = ""
  for (;;) {
    // Marks that some terminals put around what is pasted.
    const input = ((await nextInput(stdin)) ?? ctrl.d).replace(/\x1b\[20[01]~/g, "")
    for (const key of input) {
      if (key === ctrl.c) abandon()
      if (key === ctrl.d) return typed
      if (key === ctrl.u) typed = typed.replace(/[^\n]*$/, "")
      else if (key === "\x7f" || key === "\b") typed = typed.replace(/[^\n]$/u, "")
      else typed += key === "\r" ? "\n" : key
    }
    // Only now, so that of several lines that were pasted none is lost.
    if (isWhole(typed)) return typed
  }
}

function hasLineEnd(typed: string): boolean {
  return typed.includes("\n")
}

/** The next input of the terminal; undefined when none comes in time, or at its end. */
async function nextInput(stdin: ReadStream, waitMs?: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const timer = waitMs === undefined ? undefined : setTimeout(end, waitMs)
    function take(input?: string): void {
      clearTimeout(timer)
      stdin.off("data", take).off("end", end).pause()
      resolve(input)
    }
    function end(): void {
      take()
    }
    stdin.setEncoding("utf8").on("data", take).on("end", end).resume()
  })
}

function abandon(): never {
  process.stderr.write("\nNothing was changed.\n")
  process.exit(130)
}
