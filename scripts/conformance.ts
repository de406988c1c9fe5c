// Compares the pages about rules with the last `npm test`: every rule must have a row in docs/conformance.md and a test
// that passed and carries its id. Makes docs/conformance-tests.md from the tests, and docs/asvs.md from scripts/asvs.
//
//   npm run conformance             fails when a rule has no test that passed, or when a page is out of date
//   npm run conformance -- --write  writes the counts into docs/conformance.md, and the two other pages
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { asvsPage } from "./asvs/page.ts"
import { countTests, testsPage, type Test } from "./conformance/tests-page.ts"
import { fail } from "./fail.ts"
import { repositoryPath } from "./repository-path.ts"

/** The results file of `npm test`; only the members that are used here. */
interface TestResults {
  readonly testResults: readonly TestFile[]
}

interface TestFile {
  readonly name: string
  readonly assertionResults: readonly {
    readonly fullName: string
    readonly status: string
    readonly location: { readonly line: number }
  }[]
}

const page = "docs/conformance.md"
const results = "reports/tests.json"
const ids = [...numbered("C", 84), ...numbered("R", 25)]

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

const asvs = asvsPage(written)
if (asvs.problems.length > 0) fail(...asvs.problems)
const pages = new Map([
  [page, written.replace(/^\| ([CR]\d\d) \|.*$/gm, (row, id: string) => withCount(row, id))],
  ["docs/conformance-tests.md", testsPage(written, provenBy)],
  ["docs/asvs.md", asvs.text],
])
const outdated = [...pages].filter(([path, text]) => !existsSync(path) || readFileSync(path, "utf8") !== text)
if (process.argv.includes("--write")) for (const [path, text] of pages) writeFileSync(path, text)
else if (outdated.length > 0) {
  fail(...outdated.map(([path]) => `${path} is out of date: npm run conformance -- --write`))
}
const waived = rows.filter(({ row }) => isWaived(row)).length
console.log(`${rows.length} rules: ${rows.length - waived} proven by tests, ${waived} do not apply`)

/** Groups tests by the rule ids at the end of their names: `… (C07, R14)`. */
function testsById(files: readonly TestFile[]): Map<string, Test[]> {
  const found = new Map<string, Test[]>()
  for (const { name, assertionResults } of files) {
    const file = repositoryPath(name)
    for (const { fullName, status, location } of assertionResults) {
      const [, sentence, rules] = /^(.*?) \(((?:[CR]\d\d)(?:, [CR]\d\d)*)\)$/s.exec(fullName) ?? []
      if (sentence === undefined || rules === undefined) continue
      const test = { file, sentence, passed: status === "passed", line: location.line }
      for (const id of rules.split(", ")) found.set(id, [...(found.get(id) ?? []), test])
    }
  }
  return found
}

function problemsOf(row: string, id: string): string[] {
  const passed = (provenBy.get(id) ?? []).some((test) => test.passed)
  if (isWaived(row)) return passed ? [`${id} is marked as not applicable, but has a test`] : []
  return passed ? [] : [`${id} has no test that passed`]
}

function isWaived(row: string): boolean {
  return /does not apply: \S.* \|$/.test(row)
}

/** The row with the number of its tests in the last column, linked to their names. */
function withCount(row: string, id: string): string {
  if (isWaived(row)) return row
  const cells = row.split(/(?<!\\)\|/).slice(1, 4)
  const count = countTests(provenBy.get(id) ?? [])
  return `|${cells.join("|")}| [${count}](conformance-tests.md#${id.toLowerCase()}) |`
}

function numbered(letter: string, last: number): string[] {
  return Array.from({ length: last }, (_, index) => `${letter}${String(index + 1).padStart(2, "0")}`)
}

function repeated(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index)
}
