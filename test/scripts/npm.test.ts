import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { npmCommand } from "../../scripts/npm.ts"

const installed = "C:\\Program Files\\nodejs"
const windows = { platform: "win32", execPath: `${installed}\\node.exe`, env: {} } as const

describe("the command that starts npm", () => {
  it("is npm on Linux and macOS, whatever npm says of itself", () => {
    for (const platform of ["linux", "darwin"] as const) {
      const host = { platform, execPath: "/usr/bin/node", env: { npm_execpath: "/opt/npm/bin/npm-cli.js" } }
      expect(npmCommand(host)).toEqual(["npm"])
    }
  })

  it("is Node with npm's program on Windows, where npm is a batch file", () => {
    expect(npmCommand(windows)).toEqual([
      `${installed}\\node.exe`,
      `${installed}\\node_modules\\npm\\bin\\npm-cli.js`,
    ])
  })

  it.each([
    ["C:\\npm\\bin\\npm-cli.js", "C:\\npm\\bin\\npm-cli.js"],
    ["C:\\npm\\bin\\npx-cli.js", "C:\\npm\\bin\\npm-cli.js"],
    ["C:/npm/bin/npm-cli.js", "C:\\npm\\bin\\npm-cli.js"],
    ["C:\\yarn\\bin\\yarn.js", `${installed}\\node_modules\\npm\\bin\\npm-cli.js`],
    ["", `${installed}\\node_modules\\npm\\bin\\npm-cli.js`],
  ])("is the npm that says it is at %j there", (npm_execpath, program) => {
    expect(npmCommand({ ...windows, env: { npm_execpath } })[1]).toBe(program)
  })

  it("starts npm on this machine", () => {
    const [program, ...args] = npmCommand()
    expect(execFileSync(program, [...args, "--version"], { encoding: "utf8" })).toMatch(/^\d+\.\d+\.\d+\s*$/)
  })
})
