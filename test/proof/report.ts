import { readFile, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { fillPlace } from "../../harness/figures.ts"

const page = fileURLToPath(new URL("../../docs/trust.md", import.meta.url))

/** Writes what a run found into its place in docs/trust.md, between two comments that carry its name. */
export async function writeFigures(name: string, markdown: string): Promise<void> {
  await writeFile(page, fillPlace(await readFile(page, "utf8"), name, markdown))
}
