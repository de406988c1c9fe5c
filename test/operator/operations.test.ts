import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"

const root = new URL("../../", import.meta.url)
const pages = ["docs/operations.md", "docs/secrets.md"]
const page = pages.map((path) => readFileSync(new URL(path, root), "utf8")).join("\n")
const prose = page.replaceAll(/\s+/g, " ")

describe("docs/operations.md", () => {
  it("names tests that exist", () => {
    const folders = [
      "test/operator/",
      "test/deployment/",
      "test/journeys/",
      "test/client/",
      "test/proof/faults/",
    ]
    const tests = folders.flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".test.ts") && name !== "operations.test.ts")
        .map((name) => readFileSync(new URL(folder + name, root), "utf8")),
    )
    const sections = [...prose.matchAll(/Tests?: (.*?)(?= #|$| \*\*| If )/g)].map(([, text = ""]) => text)
    const named = sections.flatMap((text) => [...text.matchAll(/`([^`]+)`/g)].map(([, title = ""]) => title))
    expect(named.length).toBeGreaterThan(20)
    // What a table fills in is "…" in the page.
    const sources = tests.join("\n")
    expect(named.filter((title) => !title.split("…").every((part) => sources.includes(part)))).toEqual([])
  })

  it("names commands and options that npm run secret has", () => {
    const usage = readFileSync(new URL("operator/secret/options.ts", root), "utf8")
    const used = [...prose.matchAll(/npm run secret -- ([a-z][\w-]*)((?: --[a-z-]+)*)/g)]
    expect(used.length).toBeGreaterThan(5)
    for (const [, command = "", options = ""] of used) {
      for (const word of [command, ...options.trim().split(/\s+/)]) expect(usage).toContain(word)
    }
  })
})
