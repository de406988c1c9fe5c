// Mutation testing of lib/: `npm run mutation`, or of a part: `npm run mutation -- --mutate lib/id-token/claims.ts`.
// Fails when fewer than 90 % are killed, when a survivor has no reason in test/proof/surviving-mutants.json, or when
// one that is listed there does not survive. `--write` writes the figures of a whole run into docs/trust.md; `--read`
// uses the last run's report.
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fillPlace } from "../harness/figures.ts"

/** Stryker's report (mutation-testing-report-schema); only the members that are used here. */
interface MutationReport {
  readonly files: Readonly<Record<string, MutatedFile>>
}

interface MutatedFile {
  readonly source: string
  readonly mutants: readonly Mutant[]
}

interface Mutant {
  readonly status: string
  readonly location: Location
  readonly replacement: string
}

interface Location {
  readonly start: Position
  readonly end: Position
}

/** Counted from one. */
interface Position {
  readonly line: number
  readonly column: number
}

/** Identifies a mutant by what it changes, and not by its line, which changes with the code above it. */
interface Change {
  readonly file: string
  readonly original: string
  readonly replacement: string
}

interface KnownSurvivor extends Change {
  readonly reason: string
}

const page = "docs/trust.md"
const results = "reports/mutation/mutation.json"
const args = process.argv.slice(2)
const isPart = args.includes("--mutate")
if (!args.includes("--read")) {
  const stryker = [
    "tools/node_modules/@stryker-mutator/core/bin/stryker.js",
    ...["run", "tools/stryker.config.mjs"],
    ...args.filter((arg) => arg !== "--write"),
  ]
  const { status } = spawnSync(process.execPath, stryker, { stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}

const { files: byName } = JSON.parse(readFileSync(results, "utf8")) as MutationReport
const files = Object.entries(byName)
const survivors = files.flatMap(([file, { source, mutants }]) =>
  mutants.filter(isSurvivor).map((mutant) => ({
    file,
    line: mutant.location.start.line,
    original: oneLine(cut(source, mutant.location)),
    replacement: oneLine(mutant.replacement),
  })),
)
const reasons = JSON.parse(
  readFileSync("test/proof/surviving-mutants.json", "utf8"),
) as readonly KnownSurvivor[]
const reasonOf = (survivor: Change) => reasons.find((known) => isSame(known, survivor))?.reason
const problems = [
  ...survivors
    .filter((survivor) => reasonOf(survivor) === undefined)
    .map((one) => `survives without a reason: ${tell(one)}`),
  ...reasons
    .filter(({ file }) => files.some(([name]) => name === file))
    .filter((known) => !survivors.some((survivor) => isSame(known, survivor)))
    .map((one) => `does not survive: ${tell(one)}`),
]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

for (const { file, line, original, replacement } of survivors) {
  console.log(`survives: ${file}:${line}: ${original} -> ${replacement}`)
}
const summary = summarize(files.flatMap(([, { mutants }]) => mutants))
console.log(summary)
if (args.includes("--write") && !isPart) {
  writeFileSync(page, fillPlace(readFileSync(page, "utf8"), "mutation", summary))
}

function summarize(mutants: readonly Mutant[]): string {
  const all = mutants.filter(counts)
  const survived = all.filter(isSurvivor).length
  const killed = all.length - survived
  const percent = ((100 * killed) / all.length).toFixed(1)
  return `${all.length} mutants: ${killed} killed (${percent} %), ${survived} survive.`
}

/** Excludes mutants that could not be compiled or that the configuration ignores. */
function counts({ status }: Mutant): boolean {
  return ["Killed", "Timeout", "Survived", "NoCoverage"].includes(status)
}

function isSurvivor({ status }: Mutant): boolean {
  return status === "Survived" || status === "NoCoverage"
}

function isSame(a: Change, b: Change): boolean {
  return a.file === b.file && a.original === b.original && a.replacement === b.replacement
}

function tell({ file, original, replacement }: Change): string {
  return JSON.stringify({ file, original, replacement })
}

function cut(source: string, { start, end }: Location): string {
  const lines = source.split("\n").slice(start.line - 1, end.line)
  lines[lines.length - 1] = (lines.at(-1) ?? "").slice(0, end.column - 1)
  lines[0] = (lines[0] ?? "").slice(start.column - 1)
  return lines.join("\n")
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim()
}
