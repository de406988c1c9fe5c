import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, posix } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../", import.meta.url))
const isMade = /^(node_modules|dist|reports|coverage|\.(?!github$).*)$/
const pages = markdownIn("")

describe.each(pages)("%s", (page) => {
  const text = readFileSync(join(root, page), "utf8")

  it("has no row of a table with over 300 characters", () => {
    const rows = text.split("\n").filter((line) => line.trimStart().startsWith("|"))
    expect(rows.filter((row) => row.length > 300)).toEqual([])
  })

  it("links to files that are there, and to headings that they have", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
    const broken = links.filter(([, path = "", anchor]) => {
      const target = path === "" ? page : join(dirname(page), path)
      if (!existsSync(join(root, target))) return true
      return anchor !== undefined && !anchorsOf(readFileSync(join(root, target), "utf8")).includes(anchor)
    })
    expect(broken.map(([link]) => link)).toEqual([])
  })

  it("names paths that are there", () => {
    const rooms = "lib|functions|client|local|operator|test|scripts|deploy|docs|bench|examples"
    const paths = text.matchAll(new RegExp(`\`((?:${rooms})/[\\w./-]+)\``, "g"))
    expect([...paths].map(([, path = ""]) => path).filter((path) => !existsSync(join(root, path)))).toEqual(
      [],
    )
  })

  it("names tests that their files have", () => {
    expect(namedTests(page, text).filter(({ path, title }) => !hasTest(path, title))).toEqual([])
  })
})

it("the tests that a page names are found behind the link to their file", () => {
  const [first, ...others] = namedTests(
    "docs/a.md",
    "See [a](../test/docs.test.ts) `one\ntwo…`, `three`, and `4`.",
  )
  expect(first).toEqual({ path: "test/docs.test.ts", title: "one two…" })
  expect(others).toEqual([{ path: "test/docs.test.ts", title: "three" }])
  expect(hasTest("test/certification.test.ts", "are found in numbers and in words")).toBe(true)
  expect(hasTest("test/certification.test.ts", "are found…words")).toBe(true)
  expect(hasTest("test/certification.test.ts", "are found in numbers")).toBe(false)
})

const isDecision = (page: string) => /^docs\/decisions\/(?!README)/.test(page)

it.each(pages.filter((page) => page.startsWith("docs/") && !isDecision(page)))(
  "%s names its reader in the first line",
  (page) => {
    expect(readFileSync(join(root, page), "utf8").split("\n")[2]).toMatch(/^For [a-z]/)
  },
)

it.each(pages.filter(isDecision))(
  "%s has the context, the choice and its consequences, in that order",
  (page) => {
    const [, , ...lines] = readFileSync(join(root, page), "utf8").split("\n")
    const parts = lines.flatMap((line, index) => {
      const [, part] = /^\*\*(\w+)\.\*\* /.exec(line) ?? []
      return part === undefined ? [] : [index === 0 ? `${part} first` : part]
    })
    expect(parts).toEqual(["Context first", "Choice", "Consequences"])
  },
)

it("docs/README.md leads to every page of docs/, both by question and by reader", () => {
  const index = readFileSync(join(root, "docs/README.md"), "utf8")
  const others = readdirSync(join(root, "docs")).filter((name) => /^(?!README).*\.md$/.test(name))
  for (const part of index.split("\n## ").slice(1)) {
    const missing = [...others, "decisions/README.md"].filter((name) => !part.includes(`](${name}`))
    expect(missing).toEqual([])
  }
})

it("docs/decisions/README.md leads to every decision", () => {
  const index = readFileSync(join(root, "docs/decisions/README.md"), "utf8")
  const decisions = pages.filter(isDecision).map((page) => posix.basename(page))
  expect(decisions.filter((name) => !index.includes(`](${name})`))).toEqual([])
})

it("SECURITY.md has a test for every attack", () => {
  const security = readFileSync(join(root, "SECURITY.md"), "utf8")
  const [, threats = ""] = /\n## Threats\n([^]*?)\n## /.exec(security) ?? []
  const attacks = threats.split(/\n- (?=\*\*)/).slice(1)
  expect(attacks.length).toBeGreaterThan(20)
  expect(attacks.filter((attack) => !/ Proof:\s[^]*\]\(test\/[\w./-]+\.test\.ts\)/.test(attack))).toEqual([])
})

it("SECURITY.md names rules that docs/conformance.md has", () => {
  const ids = readFileSync(join(root, "SECURITY.md"), "utf8").match(/\b[CR]\d\d\b/g) ?? []
  const rules = readFileSync(join(root, "docs/conformance.md"), "utf8")
  expect(ids.length).toBeGreaterThan(25)
  for (const id of ids) expect(rules).toContain(`\n| ${id} |`)
})

it("the surviving mutants are of code that is still there", () => {
  const survivors = JSON.parse(
    readFileSync(join(root, "test/proof/surviving-mutants.json"), "utf8"),
  ) as readonly { readonly file: string; readonly original: string }[]
  const codeOf = (file: string) => readFileSync(join(root, file), "utf8").replaceAll(/\s+/g, " ")
  const gone = survivors.filter(({ file, original }) => !codeOf(file).includes(original))
  expect(survivors.length).toBeGreaterThan(0)
  expect(gone).toEqual([])
})

/** All Markdown files below a folder, but of what is installed or made, as paths with slashes. */
function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return isMade.test(entry.name) ? [] : markdownIn(path)
    return entry.name.endsWith(".md") ? [path] : []
  })
}

/** The titles that follow a link to a test file: [caller](lib/request/caller.test.ts) `one`, `another`. */
function namedTests(page: string, text: string): { readonly path: string; readonly title: string }[] {
  const links = text.replaceAll(/\s+/g, " ").matchAll(/\]\(([^)]+\.test\.ts)\):?((?:,? `[^`]+`)+)/g)
  return [...links].flatMap(([, link = "", titles = ""]) => {
    const path = posix.join(posix.dirname(page), link)
    return [...titles.matchAll(/`([^`]+)`/g)].map(([, title = ""]) => ({ path, title }))
  })
}

/** Whether a file has a test of this title. "…" stands for what a table of cases fills in; ids of rules are left out. */
function hasTest(path: string, title: string): boolean {
  const literal = title.split("…").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
  const quoted = `["'\`]${literal.join("[^\n]*?")}(?: \\((?:[CR]\\d\\d(?:, )?)+\\))?["'\`]`
  return new RegExp(quoted).test(readFileSync(join(root, path), "utf8"))
}

/** Anchors as GitHub makes them from headings, and those that are written out. */
function anchorsOf(markdown: string): string[] {
  const outsideOfCode = markdown.replaceAll(/^```[^]*?^```$/gm, "")
  const headings = [...outsideOfCode.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => {
    const words = heading.toLowerCase().replace(/[^\w\s-]/g, "")
    return words.trim().replaceAll(" ", "-")
  })
  return [...headings, ...[...markdown.matchAll(/<a id="([^"]+)"/g)].map(([, id = ""]) => id)]
}
