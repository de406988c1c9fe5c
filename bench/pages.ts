import { readFile, writeFile } from "node:fs/promises"
import { format, resolveConfig } from "prettier"
import { fillPlace } from "../harness/figures.ts"
import { summary, type Results } from "./report.ts"

/** Writes the figures into their places in docs/performance.md and README.md. */
export async function writePages(regions: ReadonlyMap<string, string>, results: Results): Promise<void> {
  await fill("docs/performance.md", regions)
  if (results.newest) await fill("README.md", new Map([["bench", summary(results.newest)]]))
}

async function fill(path: string, regions: ReadonlyMap<string, string>): Promise<void> {
  let text = await readFile(path, "utf8")
  for (const [name, markdown] of regions) text = fillPlace(text, name, markdown)
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }))
}
