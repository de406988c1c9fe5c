import { cpus } from "node:os"

/** Where and when figures were taken, on a Node that need not be the running one. */
export function circumstances(nodeVersion = process.version): string {
  const [cpu] = cpus()
  const date = new Date().toISOString().slice(0, 10)
  return `Node ${nodeVersion}, ${process.arch}, ${cpus().length} cores (${cpu?.model ?? "unknown"}), ${date}.`
}

/** The slope of the line that fits the points best (least squares). */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length
  const [meanX, meanY] = [mean(0), mean(1)]
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  return above / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
}

/** Replaces what a document has between `<!-- name -->` and `<!-- /name -->`. */
export function fillPlace(document: string, name: string, markdown: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [document.indexOf(start), document.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`the document has no place for ${name}`)
  return `${document.slice(0, from + start.length)}\n\n${markdown.trim()}\n\n${document.slice(to)}`
}
