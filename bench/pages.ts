import { readFile, writeFile } from "node:fs/promises"
import { format, resolveConfig } from "prettier"
import { drawPlot } from "./plot.ts"
import { summary, type Results } from "./report.ts"

/** Writes the figures into their places in docs/performance.md and README.md, and draws the picture. */
export async function writePages(regions: ReadonlyMap<string, string>, results: Results): Promise<void> {
  await fill("docs/performance.md", regions)
  if (!results.newest) return
  await fill("README.md", new Map([["bench", summary(results.newest)]]))
  await writeFile("docs/images/performance.svg", await drawPlot(results.newest))
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
async function fill(path: string, regions: ReadonlyMap<string, string>): Promise<void> {
  let text = await readFile(path, "utf8")
  for (const [name, markdown] of regions) {
    const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [from, to] = [text.indexOf(start), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`${path} has no place for ${name}`)
    text = `${text.slice(0, from + start.length)}\n\n${markdown}\n\n${text.slice(to)}`
  }
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }))
}
