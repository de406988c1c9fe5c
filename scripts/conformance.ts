// Compares docs/conformance.md with the last `npm test`: every rule must have a row, and every row the tests that
// carry its id. Compares docs/asvs.md with what scripts/asvs makes of it.
//
//   npm run conformance             fails when a rule has no test that passed, or when a page is out of date
//   npm run conformance -- --write  writes the tests into the one page, and the other page
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { asvsPage } from "./asvs/page.ts"
import { fail } from "./fail.ts"
import { repositoryPath } from "./repository-path.ts"

/** The results file of `npm test`; only the members that are used here. */
interface TestResults {
  readonly testResults: readonly TestFile[]
}

interface TestFile {
  readonly name: string
  readonly assertionResults: readonly {
    readonly title: string
    readonly status: string
    readonly location: { readonly line: number }
  }[]
}

interface Test {
  readonly file: string
  readonly title: string
  readonly passed: boolean
  readonly line: number
}

const page = "docs/conformance.md"
const pageOfAsvs = "docs/asvs.md"
const results = "reports/tests.json"
const ids = [...numbered("C", 81), ...numbered("R", 25)]

if (!existsSync(results)) fail(`${results} is missing: run npm test first`)

const { testResults } = JSON.parse(readFileSync(results, "utf8")) as TestResults
const provenBy = testsById(testResults)
const written = readFileSync(page, "utf8")
const rows = [...written.matchAll(/^\| ([CR]\d\d) \|.*$/gm)].map(([row, id = ""]) => ({ row, id }))

const problems = [
  ...ids.filter((id) => !rows.some((row) => row.id === id)).map((id) => `${id} has no row in ${page}`),
  ...repeated(rows.map(({ id }) => id)).map((id) => `${id} has two rows in ${page}`),
  ...[...provenBy.keys()]
    .filter((id) => !ids.includes(id))
    .map((id) => `a test names ${id}, which is not a rule`),
  ...rows.flatMap(({ row, id }) => problemsOf(row, id)),
]
if (problems.length > 0) fail(...problems)

const current = written.replace(/^\| ([CR]\d\d) \|.*$/gm, (row, id: string) => withTests(row, id))
const asvs = asvsPage(current)
if (asvs.problems.length > 0) fail(...asvs.problems)
if (process.argv.includes("--write")) {
  writeFileSync(page, current)
  writeFileSync(pageOfAsvs, asvs.text)
} else if (current !== written) {
  fail(`${page} does not list the tests that ran: npm run conformance -- --write`)
} else if (!existsSync(pageOfAsvs) || readFileSync(pageOfAsvs, "utf8") !== asvs.text) {
  fail(`${pageOfAsvs} is out of date: npm run conformance -- --write`)
}
const waived = rows.filter(({ row }) => reasonOf(row) !== undefined).length
console.log(`${rows.length} rules: ${rows.length - waived} proven by tests, ${waived} do not apply`)

/** Groups tests by the rule ids at the end of their names: `… (C07, R14)`. */
function testsById(files: readonly TestFile[]): Map<string, Test[]> {
  const found = new Map<string, Test[]>()
  for (const { name, assertionResults } of files) {
    const file = repositoryPath(name)
    for (const { title, status, location } of assertionResults) {
      const [, sentence, rules] = /^(.*?) \(((?:[CR]\d\d)(?:, [CR]\d\d)*)\)$/s.exec(title) ?? []
      if (sentence === undefined || rules === undefined) continue
      const test = { file, title: sentence, passed: status === "passed", line: location.line }
      for (const id of rules.split(", ")) found.set(id, [...(found.get(id) ?? []), test])
    }
  }
  return found
}

function problemsOf(row: string, id: string): string[] {
  const passed = (provenBy.get(id) ?? []).some((test) => test.passed)
  const reason = reasonOf(row)
  if (reason !== undefined) return passed ? [`${id} is marked as not applicable, but has a test`] : []
  return passed ? [] : [`${id} has no test that passed`]
}

function reasonOf(row: string): string | undefined {
  return /does not apply: (\S.*) \|$/.exec(row)?.[1]
}

function withTests(row: string, id: string): string {
  if (reasonOf(row) !== undefined) return row
  const [, rule = "", source = ""] = row
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
    .slice(1, -1)
  return `| ${id} | ${rule} | ${source} | ${describeTests(provenBy.get(id) ?? [])} |`
}

/**
 * Lists tests by file. The cases of a table-driven test share a line, so it shows the first and the number of others.
 */
function describeTests(tests: readonly Test[]): string {
  const byFile = groupBy(tests, ({ file }) => file)
  const files = [...byFile.entries()].sort(([a], [b]) => a.localeCompare(b))
  return files
    .map(([file, inFile]) => {
      const byLine = [...groupBy(inFile, ({ line }) => line).values()]
      const names = byLine.map(([first, ...more]) => {
        const others = more.length === 0 ? "" : ` (and ${more.length} more)`
        return `${cell(first.title)}${others}`
      })
      return `[${file.replace(/^test\//, "").replace(/\.test\.ts$/, "")}](../${file}): ${names.join("; ")}`
    })
    .join("<br>")
}

function groupBy<Value, Key>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Group<Value>> {
  const groups = new Map<Key, Group<Value>>()
  for (const value of values) {
    const group = groups.get(keyOf(value))
    if (group === undefined) groups.set(keyOf(value), [value])
    else group.push(value)
  }
  return groups
}

type Group<Value> = [Value, ...Value[]]

/** Escapes text for a cell of a Markdown table. */
function cell(text: string): string {
  return text.replaceAll(/[\\|<>*_`[\]]/g, "\\$&").replaceAll(/\s+/g, " ")
}

function numbered(letter: string, last: number): string[] {
  return Array.from({ length: last }, (_, index) => `${letter}${String(index + 1).padStart(2, "0")}`)
}

function repeated(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}
