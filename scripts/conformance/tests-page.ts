/** A test that carries the id of a rule in its name. */
export interface Test {
  readonly file: string
  /** Its full name without the ids. */
  readonly sentence: string
  readonly passed: boolean
  readonly line: number
}

/** docs/conformance-tests.md: the tests of each rule, under the headings of docs/conformance.md. */
export function testsPage(conformance: string, provenBy: ReadonlyMap<string, readonly Test[]>): string {
  const sections = conformance.split(/^(?=## )/m).slice(1)
  return `# The tests of each rule

For auditors who want to know which tests prove a rule of [conformance.md](conformance.md). \`npm run conformance -- --write\` makes
this page from the results of the last \`npm test\`.

Each rule has its test files, and each file its tests, with the names that a test run prints. The cases of a table of tests share
one entry: it has the name of the first case, and the number of the others.

${sections.map((section) => sectionOf(section, provenBy)).join("\n\n")}
`
}

/** How many tests there are, in how many files. */
export function countTests(tests: readonly Test[]): string {
  const files = new Set(tests.map(({ file }) => file)).size
  return `${plural(tests.length, "test")} in ${plural(files, "file")}`
}

function sectionOf(section: string, provenBy: ReadonlyMap<string, readonly Test[]>): string {
  const [heading = ""] = section.split("\n")
  const rules = [...section.matchAll(/^\| ([CR]\d\d) \| (.*?) (?<!\\)\|/gm)]
  const parts = rules.flatMap(([, id = "", rule = ""]) => {
    const tests = provenBy.get(id)
    return tests === undefined ? [] : [`### ${id}\n\n${rule}\n\n${listOf(tests)}`]
  })
  return [heading, ...parts].join("\n\n")
}

function listOf(tests: readonly Test[]): string {
  const files = [...groupBy(tests, ({ file }) => file)].sort(([a], [b]) => (a < b ? -1 : 1))
  return files
    .map(([file, inFile]) => {
      const name = file.replace(/^test\//, "").replace(/\.test\.ts$/, "")
      const entries = [...groupBy(inFile, ({ line }) => line).values()].map(
        ([first, ...others]) =>
          `\n  - ${escaped(first.sentence)}${others.length > 0 ? ` (and ${others.length} more)` : ""}`,
      )
      return `- [${name}](../${file})${entries.join("")}`
    })
    .join("\n")
}

type Group<Value> = [Value, ...Value[]]

function groupBy<Value, Key>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Group<Value>> {
  const groups = new Map<Key, Group<Value>>()
  for (const value of values) {
    const group = groups.get(keyOf(value))
    if (group === undefined) groups.set(keyOf(value), [value])
    else group.push(value)
  }
  return groups
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`
}

/** Escapes text for an item of a Markdown list. */
function escaped(text: string): string {
  return text.replaceAll(/[\\<>*_`[\]]/g, "\\$&").replaceAll(/\s+/g, " ")
}
