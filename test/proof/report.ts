import { readFile, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { fillPlace } from "../../harness/figures.ts"

const page = fileURLToPath(new URL("../../docs/trust.md", import.meta.url))

/** Writes what a run found into its place in docs/trust.md, between two comments that carry its name. */
export async function writeFigures(name: string, markdown: string): Promise<void> {
  await writeFile(page, fillPlace(await readFile(page, "utf8"), name, markdown))
}

/** One line on a terminal that is written over, or every tenth of the way a line where there is no terminal. */
export function progress(what: string, total: number): (done: number) => void {
  const step = Math.max(1, Math.floor(total / (process.stdout.isTTY ? 200 : 10)))
  return (done) => {
    if (done % step !== 0 && done !== total) return
    const text = `${what}: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`
    process.stdout.write(process.stdout.isTTY ? `\r${text}${done === total ? "\n" : ""}` : `${text}\n`)
  }
}
