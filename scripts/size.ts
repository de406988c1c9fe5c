// Prints the size of each bundle, its budget and its largest parts. Fails when a bundle is over budget.
import { readdirSync, readFileSync } from "node:fs"
import { basename } from "node:path"
import { gzipSync } from "node:zlib"
import type { Metafile } from "esbuild"
import budgets from "./budgets.json" with { type: "json" }
import { packageOf } from "./bundle/packages.ts"
import { fail } from "./fail.ts"

const partsShown = 8
const names = list("dist/functions", ".cjs")
if (names.length === 0) fail("dist/functions holds no bundle: run npm run build")

const overBudget = names.filter((name) => {
  const bundle = readFileSync(`dist/functions/${name}.cjs`)
  const sizes = [
    ["minified", kilobytes(bundle.length), budgets.minifiedKb],
    ["gzip", kilobytes(gzipSync(bundle, { level: 9 }).length), budgets.gzipKb],
  ] as const
  console.log(name)
  for (const [label, size, budget] of sizes) {
    row(label, size, `of ${budget} KB${size > budget ? "  over budget" : ""}`)
  }
  const parts = partsOf(name)
  const shown = parts.slice(0, partsShown)
  const rest = parts.slice(partsShown)
  for (const [part, bytes] of shown) row(`  ${part}`, kilobytes(bytes))
  if (rest.length > 0)
    row(`  ${rest.length} others`, kilobytes(rest.reduce((sum, [, bytes]) => sum + bytes, 0)))
  console.log()
  return sizes.some(([, size, budget]) => size > budget)
})
if (overBudget.length > 0) fail(`over budget: ${overBudget.join(", ")}`)

/** Bytes of each package, or folder of ours, in the bundle, largest first. */
function partsOf(name: string): [part: string, bytes: number][] {
  const { outputs } = JSON.parse(readFileSync(`dist/meta/${name}.json`, "utf8")) as Metafile
  const output = outputs[`dist/functions/${name}.cjs`]
  if (output === undefined) fail(`dist/meta/${name}.json belongs to another bundle: run npm run build`)
  const sums = new Map<string, number>()
  for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
    const part = partName(path)
    sums.set(part, (sums.get(part) ?? 0) + bytesInOutput)
  }
  return [...sums].sort(([, a], [, b]) => b - a)
}

/** `node_modules/a/node_modules/@scope/b/dist/index.js` is `@scope/b`; `lib/adapters/runtime.ts` is `lib`. */
function partName(path: string): string {
  return packageOf(path) ?? path.replace(/[\\/].*$/, "")
}

function row(label: string, kb: number, note = ""): void {
  console.log(`  ${label.padEnd(44)} ${kb.toFixed(1).padStart(7)} KB  ${note}`.trimEnd())
}

function kilobytes(bytes: number): number {
  return bytes / 1000
}

function list(folder: string, extension: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(extension))
    .map((file) => basename(file, extension))
    .sort()
}
