import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import manifest from "../package.json" with { type: "json" }

const root = fileURLToPath(new URL("..", import.meta.url))
const { scripts } = manifest
const names = Object.keys(scripts)

/** npm runs a script of such a name by itself (npm's documentation: scripts, life cycle operation order). */
const events = ["install", "pack", "prepare", "publish", "restart", "shrinkwrap", "start", "stop", "test"]
  .concat("uninstall", "version")
  .flatMap((name) => [`pre${name}`, name, `post${name}`])
  .concat("dependencies", "env", "prepublishOnly")

/** Those that are meant to run at these commands. */
const meant = ["start", "test"]

describe("the scripts of package.json", () => {
  it("bear no name by which npm runs them at another command, such as npm ci", () => {
    expect(names.filter((name) => events.includes(name))).toEqual(meant)
  })

  it("need no hooks, because npm leaves those out with install scripts", () => {
    expect(
      names.filter((name) => names.includes(name.replace(/^(pre|post)/, "")) && /^(pre|post)/.test(name)),
    ).toEqual([])
  })

  it.each(Object.entries(scripts))("%s is a command to a POSIX shell and to cmd.exe", (_name, script) => {
    // Both know && and double quotes. Variables, single quotes, pipes and redirections they write in different ways.
    expect(script.replaceAll(/"[^"$`%]*"/g, '""')).toMatch(/^[\w@.,:/=" -]+( && [\w@.,:/=" -]+)*$/)
    for (const command of script.split(" && ")) {
      const [program = ""] = command.split(" ")
      expect(
        ["node", "npm"].includes(program) || existsSync(`${root}node_modules/.bin/${program}`),
        program,
      ).toBe(true)
    }
  })
})
