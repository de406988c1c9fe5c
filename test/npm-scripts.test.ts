import { spawnSync } from "node:child_process"
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
      names.flatMap((name) => [`pre${name}`, `post${name}`]).filter((hook) => names.includes(hook)),
    ).toEqual([])
  })

  it.each(Object.entries(scripts))("%s is a command to a POSIX shell and to cmd.exe", (_name, script) => {
    // Both know && and double quotes. Variables, single quotes, pipes and redirections they write in different ways.
    expect(script.replaceAll(/"[^"$`%]*"/g, '""')).toMatch(/^[\w@.,:/=" -]+( && [\w@.,:/=" -]+)*$/)
    for (const command of script.split(" && ")) {
      const [program = ""] = command.split(" ")
      const isKnown = ["node", "npm"].includes(program) || existsSync(`${root}node_modules/.bin/${program}`)
      expect(isKnown, program).toBe(true)
    }
  })
})

describe("a script that needs packages of a folder", () => {
  const asking = Object.entries(scripts).flatMap(([name, script]) => {
    const [, folder] = /^node --import tsx scripts\/installed\.ts (\w+) && /.exec(script) ?? []
    return folder === undefined ? [] : [[name, folder] as const]
  })

  it("asks first whether they are installed", () => {
    const uses = (script: string): boolean => /--prefix |(bench|tools)\/|mutation/.test(script)
    const using = Object.entries(scripts).flatMap(([name, script]) => (uses(script) ? [name] : []))
    expect(asking.map(([name]) => name)).toEqual(using)
  })

  it("is told how to install them, in one sentence", () => {
    const words = ["--import", "tsx", "scripts/installed.ts"]
    const check = (folder: string) =>
      spawnSync(process.execPath, [...words, folder], { cwd: root, encoding: "utf8" })
    expect(check(".")).toMatchObject({ status: 0, stderr: "" })
    const stderr = "The packages of lib/ are not installed. Install them: npm ci --prefix lib\n"
    expect(check("lib")).toMatchObject({ status: 1, stderr })
    expect(asking.filter(([, folder]) => !existsSync(`${root}${folder}/package-lock.json`))).toEqual([])
  })
})
