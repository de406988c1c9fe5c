// Mutation testing of lib/: `npm run mutation`, or of a part: `npm run mutation -- --mutate lib/id-token/claims.ts`. Fails when
// fewer than 90 % are killed, when a survivor has no reason in test/proof/surviving-mutants.json, and when one that stands
// there does not survive. `--write` puts the figures of a whole run into docs/trust.md; `--read` takes the last run's.
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"

const page = "docs/trust.md"
const results = "reports/mutation/mutation.json"
const args = process.argv.slice(2)
const isPart = args.includes("--mutate")
if (!args.includes("--read")) {
  const stryker = [
    "node_modules/@stryker-mutator/core/bin/stryker.js",
    "run",
    ...args.filter((arg) => arg !== "--write"),
  ]
  const { status } = spawnSync(process.execPath, stryker, { stdio: "inherit" })
  if (status !== 0) process.exit(status ?? 1)
}

const files = Object.entries(JSON.parse(readFileSync(results, "utf8")).files)
const survivors = files.flatMap(([file, { source, mutants }]) =>
  mutants.filter(isSurvivor).map((mutant) => ({
    file,
    line: mutant.location.start.line,
    original: oneLine(cut(source, mutant.location)),
    replacement: oneLine(mutant.replacement),
  })),
)
const reasons = JSON.parse(readFileSync("test/proof/surviving-mutants.json", "utf8"))
const reasonOf = (survivor) => reasons.find((known) => isSame(known, survivor))?.reason
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

const report = [
  ...table(
    ["file", "mutants", "killed", "survived", "killed, %"],
    files
      .filter(([, { mutants }]) => mutants.some(counts))
      .map(row)
      .concat([total()]),
  ),
  "",
  "Every survivor, and why no wrong answer follows:",
  "",
  ...table(
    ["place", "code", "mutant", "why it is harmless"],
    survivors.map((one) => [
      `${one.file}:${one.line}`,
      code(one.original),
      code(one.replacement),
      reasonOf(one) ?? "**not known**",
    ]),
  ),
].join("\n")
console.log(report)
if (args.includes("--write") && !isPart) {
  const [start, end] = ["<!-- mutation -->", "<!-- /mutation -->"]
  const text = readFileSync(page, "utf8")
  writeFileSync(
    page,
    `${text.slice(0, text.indexOf(start) + start.length)}\n\n${report}\n\n${text.slice(text.indexOf(end))}`,
  )
}

function row([file, { mutants }]) {
  return figures(file, mutants)
}

function total() {
  return figures(
    "all",
    files.flatMap(([, { mutants }]) => mutants),
  )
}

function figures(name, mutants) {
  const all = mutants.filter(counts)
  const survived = all.filter(isSurvivor).length
  const killed = all.length - survived
  return [name, all.length, killed, survived, ((100 * killed) / all.length).toFixed(1)]
}

/** A mutant that could not be compiled, or is left out by the configuration, says nothing. */
function counts({ status }) {
  return ["Killed", "Timeout", "Survived", "NoCoverage"].includes(status)
}

function isSurvivor({ status }) {
  return status === "Survived" || status === "NoCoverage"
}

function isSame(a, b) {
  return a.file === b.file && a.original === b.original && a.replacement === b.replacement
}

function tell({ file, original, replacement }) {
  return JSON.stringify({ file, original, replacement })
}

function cut(source, { start, end }) {
  const lines = source.split("\n").slice(start.line - 1, end.line)
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1)
  lines[0] = lines[0].slice(start.column - 1)
  return lines.join("\n")
}

function oneLine(text) {
  return text.replace(/\s+/g, " ").trim()
}

function code(text) {
  const shown = text.length > 90 ? `${text.slice(0, 89)}…` : text
  return `\`\`${shown.replaceAll("|", "\\|")}\`\``
}

function table(head, rows) {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`)
}
