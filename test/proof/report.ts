import { readFile, writeFile } from "node:fs/promises"
import { cpus } from "node:os"
import { fileURLToPath } from "node:url"

const page = fileURLToPath(new URL("../../docs/trust.md", import.meta.url))

/** Writes what a run found into its place in docs/trust.md, between two comments that carry its name. */
export async function writeFigures(name: string, markdown: string): Promise<void> {
  const text = await readFile(page, "utf8")
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/trust.md has no place for ${name}`)
  await writeFile(page, `${text.slice(0, from + start.length)}\n\n${markdown.trim()}\n\n${text.slice(to)}`)
}

/** Where and when figures were taken. */
export function circumstances(): string {
  const [cpu] = cpus()
  const date = new Date().toISOString().slice(0, 10)
  return `Node ${process.version}, ${process.arch}, ${cpus().length} cores (${cpu?.model ?? "unknown"}), ${date}.`
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

/** The slope of the line that fits the points best (least squares). */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length
  const [meanX, meanY] = [mean(0), mean(1)]
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  return above / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
}
