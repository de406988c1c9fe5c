import { existsSync, readdirSync, readFileSync } from "node:fs"
import { expect, it } from "vitest"

const root = new URL("../../", import.meta.url)
const pages = ["docs/operations.md", "docs/secrets.md"]
const page = pages.map((path) => readFileSync(new URL(path, root), "utf8")).join("\n")
const prose = page.replaceAll(/\s+/g, " ")

it("the page has a place for every alarm", () => {
  const anchors = [...page.matchAll(/^### <a id="(alarm-[\w-]+)"><\/a>/gm)].map(([, anchor]) => anchor)
  expect(anchors).toEqual([
    "alarm-client-secret",
    "alarm-secret-expiry",
    "alarm-stale",
    "alarm-upstream",
    "alarm-id-token",
    "alarm-session-user",
    "alarm-duration",
    "alarm-throttles",
    "alarm-errors",
  ])
})

it("the page's links lead somewhere", () => {
  const slugs = [...page.matchAll(/^#+ (?:<a id="([\w-]+)"><\/a>)?(.*)$/gm)].map(
    ([, id, heading = ""]) =>
      id ??
      heading
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, "")
        .replaceAll(" ", "-"),
  )
  for (const [, target = ""] of page.matchAll(/\]\(([^)]+)\)/g)) {
    const [file = "", anchor = ""] = target.split("#")
    if (file === "") expect(slugs).toContain(anchor)
    else expect(existsSync(new URL(file, new URL("docs/", root))), target).toBe(true)
  }
})

it("the page's tests exist", () => {
  const titles = testFiles().join("\n")
  const sections = [...prose.matchAll(/Tests?: (.*?)(?= #|$| \*\*| If )/g)].map(([, text = ""]) => text)
  const named = sections.flatMap((text) => [...text.matchAll(/`([^`]+)`/g)].map(([, title = ""]) => title))
  expect(named.length).toBeGreaterThan(20)
  for (const title of named) {
    // The one title that a table fills in.
    expect(titles).toContain(title.replace("and answers 503, users", "and %s, users"))
  }
})

it("the page's commands exist", () => {
  const usage = readFileSync(new URL("operator/secret/options.ts", root), "utf8")
  const used = [...prose.matchAll(/npm run secret -- ([a-z][\w-]*)((?: --[a-z-]+)*)/g)]
  expect(used.length).toBeGreaterThan(5)
  for (const [, command = "", options = ""] of used) {
    for (const word of [command, ...options.trim().split(/\s+/)]) expect(usage).toContain(word)
  }
})

function testFiles(): string[] {
  const folders = [
    "test/operator/",
    "test/deployment/",
    "test/journeys/",
    "test/client/",
    "test/proof/faults/",
  ]
  return folders.flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts") && name !== "operations.test.ts")
      .map((name) => readFileSync(new URL(folder + name, root), "utf8")),
  )
}
