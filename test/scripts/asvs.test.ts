import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { asvsPage } from "../../scripts/asvs/page.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const rules = readFileSync(join(root, "docs/conformance.md"), "utf8")
const run = promisify(execFile)

/** The rules, with one source in place of another. */
function withSource(id: string, old: string, source: string): string {
  const changed = rules.replace(
    new RegExp(`^(\\| ${id} \\|.*)${old.replaceAll(".", "\\.")}`, "m"),
    `$1${source}`,
  )
  expect(changed).not.toBe(rules)
  return changed
}

describe("docs/asvs.md", () => {
  it("is what scripts/asvs makes of docs/conformance.md", () => {
    const { text, problems } = asvsPage(rules)
    expect(problems).toEqual([])
    expect(readFileSync(join(root, "docs/asvs.md"), "utf8")).toBe(text)
  })

  it("has the rules and the tests of a requirement", () => {
    expect(asvsPage(rules).text).toContain(
      "\n| 9.1.2 | 1 | Algorithms come from a list without `none`. | C27 | [lib/id-token/signature](../test/lib/id-token/signature.test.ts) |\n",
    )
  })

  it("gives a requirement every rule that names it, in a list or a range, too", () => {
    const { text } = asvsPage(withSource("C27", "ASVS 9.1.2 L1", "ASVS 3.3.5 L3, 9.1.1-3 L1"))
    for (const [number, ids] of [
      ["3.3.5", "C27, C44"],
      ["9.1.1", "C26, C27"],
      ["9.1.2", "C27"],
      ["9.1.3", "C27, C28"],
    ] as const) {
      expect(text).toMatch(new RegExp(`^\\| ${number} \\| \\d \\| [^|]+ \\| ${ids} \\|`, "m"))
    }
  })

  it.each([
    [
      "a rule names a requirement that the list does not have",
      withSource("C27", "ASVS 9.1.2 L1", "ASVS 9.1.2 L1, 9.9.9"),
      "C27 names ASVS 9.9.9, which scripts/asvs/requirements.ts does not have",
    ],
    [
      "a rule names another level",
      withSource("C27", "9.1.2 L1", "9.1.2 L2"),
      "C27 says that ASVS 9.1.2 is of level 2",
    ],
    [
      "a requirement has lost its only rule",
      withSource("C27", "ASVS 9.1.2 L1", "RFC 8725 3.2"),
      "ASVS 9.1.2 has no rule and no other evidence",
    ],
  ])("is not made when %s", (_what, conformance, problem) => {
    expect(asvsPage(conformance).problems).toEqual([problem])
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
    const ids = [...rules.matchAll(/^\| ([CR]\d\d) \|(?!.*does not apply: )/gm)].map(([, id = ""]) => id)
    const assertionResults = ids.map((id, line) => ({
      title: `proves it (${id})`,
      status: "passed",
      location: { line },
    }))
    await mkdir(join(folder, "docs"))
    await mkdir(join(folder, "reports"))
    const testResults = [{ name: join(folder, "test/one.test.ts"), assertionResults }]
    await writeFile(join(folder, "reports/tests.json"), JSON.stringify({ testResults }))
    await writeFile(join(folder, "docs/conformance.md"), rules)
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  async function conformance(...options: readonly string[]): Promise<string> {
    const script = join(root, "scripts/conformance.ts")
    const command = run(process.execPath, ["--import", "tsx", script, ...options], { cwd: folder })
    return await command.then(
      ({ stdout }) => stdout,
      (error: unknown) => (error instanceof Error && "stderr" in error ? String(error.stderr) : "no process"),
    )
  }

  it("writes both pages with --write, and then finds them up to date", async () => {
    expect(await conformance()).toContain("docs/conformance.md does not list the tests that ran")
    expect(await conformance("--write")).toMatch(/^\d+ rules: \d+ proven by tests/)
    expect(await conformance()).toMatch(/^\d+ rules: \d+ proven by tests/)
    expect(readAsvs()).toContain("| C27 | [one](../test/one.test.ts) |")
  })

  it("fails when docs/asvs.md is out of date, and when it is missing", async () => {
    await conformance("--write")
    await writeFile(join(folder, "docs/asvs.md"), `${readAsvs()}\n`)
    expect(await conformance()).toBe("docs/asvs.md is out of date: npm run conformance -- --write\n")
    await rm(join(folder, "docs/asvs.md"))
    expect(await conformance()).toBe("docs/asvs.md is out of date: npm run conformance -- --write\n")
  })

  const readAsvs = (): string => readFileSync(join(folder, "docs/asvs.md"), "utf8")
})
