import { createInterface } from "node:readline/promises"
import { Writable } from "node:stream"

/**
 * Asks for values one after the other. At a terminal, input is not echoed; otherwise each value is one line of stdin.
 * Stores nothing.
 */
export async function askFor<const Names extends readonly string[]>(
  names: Names,
): Promise<{ [Index in keyof Names]: string }> {
  const isTerminal = process.stdin.isTTY
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done()
    },
  })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: isTerminal })
  lines.once("SIGINT", () => {
    process.stderr.write("\n")
    process.exit(130)
  })
  const reader = lines[Symbol.asyncIterator]()
  const answers: string[] = []
  for (const name of names) {
    if (isTerminal) process.stderr.write(`${name}: `)
    const line = await reader.next()
    if (isTerminal) process.stderr.write("\n")
    const answer = line.done ? "" : line.value.trim()
    if (answer === "")
      throw new Error(`${name} is missing. Type it when asked, or pipe the values to stdin, one per line.`)
    answers.push(answer)
  }
  lines.close()
  return answers as { [Index in keyof Names]: string }
}
