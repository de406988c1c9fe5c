import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

/** A folder that has this file until the test ends. Undefined leaves it empty. */
export function folderWith(text: string | undefined, name = "deployment.yml"): string {
  const folder = mkdtempSync(join(tmpdir(), "operator-"))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  if (text !== undefined) writeFileSync(join(folder, name), text)
  return folder
}

/** A section of `deployment.yml`. */
export function sectionOf(stage: string, settings: Readonly<Record<string, string>>): string {
  return `${stage}:\n${Object.entries(settings)
    .map(([name, value]) => `  ${name}: ${value}\n`)
    .join("")}`
}
