import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { asvsPage } from "../../scripts/asvs/page.ts"
import { requirements } from "../../scripts/asvs/requirements.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const rules = readFileSync(join(root, "docs/conformance.md"), "utf8")
const run = promisify(execFile)

/** The rules, with another source of C27. */
function withSource(source: string): string {
  expect(rules).toMatch(/^\| C27 \|.*ASVS 9\.1\.2 L1/m)
  return rules.replace(/^(\| C27 \|.*)ASVS 9\.1\.2 L1/m, `$1${source}`)
}

describe("docs/asvs.md", () => {
  it("is what scripts/asvs makes of docs/conformance.md", () => {
    const { text, problems } = asvsPage(rules)
    expect(problems).toEqual([])
    expect(readFileSync(join(root, "docs/asvs.md"), "utf8")).toBe(text)
  })

  it("leads from a requirement to the tests of its rules", () => {
    expect(asvsPage(rules).text).toContain(
      "\n- **9.1.2**, level 1: Algorithms come from a list without `none`. Evidence: [C27](conformance-tests.md#c27)\n",
    )
  })

  it("has every requirement of the list once", () => {
    const items = asvsPage(rules).text.matchAll(/^- \*\*([\d.]+)\*\*, level/gm)
    expect([...items].map(([, number]) => number).toSorted()).toEqual(Object.keys(requirements).toSorted())
  })

  it("gives a requirement every rule that names it, in a list or a range, too", () => {
    const { text } = asvsPage(withSource("ASVS 3.3.5 L3, 9.1.1-3 L1"))
    for (const [number, ids] of [
      ["3.3.5", ["C27", "C44"]],
      ["9.1.1", ["C26", "C27"]],
      ["9.1.2", ["C27"]],
      ["9.1.3", ["C27", "C28"]],
    ] as const) {
      const [item = ""] = new RegExp(`^- \\*\\*${number}\\*\\*.*$`, "m").exec(text) ?? []
      expect(item.match(/\bC\d\d\b/g)).toEqual(ids)
    }
  })

  it.each([
    ["ASVS 9.1.2 L1, 9.9.9", "C27 names ASVS 9.9.9, which scripts/asvs/requirements.ts does not have"],
    ["ASVS 9.1.2 L2", "C27 says that ASVS 9.1.2 is of level 2"],
    ["RFC 8725 3.2", "ASVS 9.1.2 has no rule and no other evidence"],
  ])("is not made when the source of a rule is %s", (source, problem) => {
    expect(asvsPage(withSource(source)).problems).toEqual([problem])
  })
})

describe("npm run conformance", () => {
  let folder: string

  /** Each rule that applies has one test that passed. */
  beforeEach(async () => {
    // `--import tsx` is found from the working folder.
    const cache = join(root, "node_modules/.cache")
    await mkdir(cache, { recursive: true })
    folder = await realpath(await mkdtemp(join(cache, "conformance-")))
    await mkdir(join(folder, "docs"))
    await mkdir(join(folder, "reports"))
    await writeResults(proofs())
    await writeFile(join(folder, "docs/conformance.md"), rules)
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  function proofs() {
    const ids = [...rules.matchAll(/^\| ([CR]\d\d) \|(?!.*does not apply: )/gm)].map(([, id = ""]) => id)
    return ids.map((id, index) => proof("the one proves it", id, 100 + index))
  }

  function proof(sentence: string, id: string, line: number) {
    return { fullName: `${sentence} (${id})`, status: "passed", location: { line } }
  }

  async function writeResults(assertionResults: ReturnType<typeof proofs>): Promise<void> {
    const testResults = [{ name: join(folder, "test/one.test.ts"), assertionResults }]
    await writeFile(join(folder, "reports/tests.json"), JSON.stringify({ testResults }))
  }

  async function conformance(...options: readonly string[]): Promise<string> {
    const script = join(root, "scripts/conformance.ts")
    const command = run(process.execPath, ["--import", "tsx", script, ...options], { cwd: folder })
    return await command.then(
      ({ stdout }) => stdout,
      (error: unknown) => (error instanceof Error && "stderr" in error ? String(error.stderr) : "no process"),
    )
  }

  it("writes all pages with --write, and then finds them up to date", async () => {
    const cases = ["first", "second", "third"].map((name) => proof(`the ${name} case holds`, "C27", 1))
    await writeResults([...cases, proof("another test holds", "C27", 9), ...proofs()])
    expect(await conformance()).toBe(["conformance", "conformance-tests", "asvs"].map(outdated).join(""))
    expect(await conformance("--write")).toMatch(/^\d+ rules: \d+ proven by tests/)
    expect(await conformance()).toMatch(/^\d+ rules: \d+ proven by tests/)
    expect(read("conformance")).toMatch(
      /^\| C26 \|.*\| \[1 test in 1 file\]\(conformance-tests\.md#c26\) \|$/m,
    )
    // The cases of a table of tests are counted, and the first is named.
    expect(read("conformance")).toMatch(
      /^\| C27 \|.*\| \[5 tests in 1 file\]\(conformance-tests\.md#c27\) \|$/m,
    )
    const [, section = ""] = /\n### C27\n\nRS256 [^\n]+\n\n([^]*?)\n\n/.exec(read("conformance-tests")) ?? []
    expect(section.split("\n")).toEqual([
      "- [one](../test/one.test.ts)",
      "  - the first case holds (and 2 more)",
      "  - another test holds",
      "  - the one proves it",
    ])
  })

  it("fails when pages are out of date or missing", async () => {
    await conformance("--write")
    const made = ["conformance-tests", "asvs"]
    for (const name of made) await writeFile(join(folder, `docs/${name}.md`), `${read(name)}\n`)
    expect(await conformance()).toBe(made.map(outdated).join(""))
    for (const name of made) await rm(join(folder, `docs/${name}.md`))
    expect(await conformance()).toBe(made.map(outdated).join(""))
  })

  it("fails when a rule has no test that passed", async () => {
    await writeResults(proofs().filter(({ fullName }) => !fullName.includes("C27")))
    expect(await conformance("--write")).toBe("C27 has no test that passed\n")
  })

  const outdated = (name: string): string =>
    `docs/${name}.md is out of date: npm run conformance -- --write\n`
  const read = (name: string): string => readFileSync(join(folder, `docs/${name}.md`), "utf8")
})
