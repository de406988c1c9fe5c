import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { browserCommand } from "../../../operator/consent/browser.ts"
import { runCommand } from "../../support/command.ts"

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "consent-"))
  const section =
    "  region: eu-west-1\n  clientSecretId: superoffice/sod\n  privateKeySecretId: superoffice/key\n"
  await writeFile(join(folder, "deployment.yml"), `sod:\n${section}`)
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

async function refused(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand("consent", args, { folder, env })
  expect([exitCode, stdout]).toEqual([1, ""])
  return stderr
}

const usual = ["--stage", "sod", "--tenant", "Cust12345"]

describe("the command line of consent", () => {
  it("is explained by --help, with the redirect URI to register and the other way", async () => {
    const { exitCode, stdout } = await runCommand("consent", ["--help"], { folder })
    expect(exitCode).toBe(0)
    expect(stdout).toContain("http://127.0.0.1:8790/callback has to be registered as a redirect URI")
    expect(stdout).toContain("examples/sign-in-api.ts")
  })

  it.each([
    [
      ["--tenant", "Cust12345"],
      "No stage is named, and none is the default: npm run consent -- --stage NAME.\n",
    ],
    [["--stage", "sod"], "No tenant is named: pass --tenant and its context identifier, e.g. Cust12345.\n"],
    [
      ["--stage", "sod", "--tenant", "a/b"],
      "--tenant must be a context identifier: 1 to 32 letters and digits.\n",
    ],
    [[...usual, "--port", "80"], "--port must be a whole number from 1024 to 65535.\n"],
    [[...usual, "--port", "0x2260"], "--port must be a whole number from 1024 to 65535.\n"],
    [[...usual, "--secret-id", ""], "--secret-id names no secret.\n"],
    [[...usual, "more"], "consent takes only options: --help lists them.\n"],
    [[...usual, "--code", "canary"], "Unknown option '--code': --help lists them.\n"],
  ])("%j is refused", async (args, said) => {
    expect(await refused(args)).toBe(said)
  })

  it("does not write into a secret that deployment.yml names", async () => {
    for (const secretId of ["superoffice/sod", "superoffice/key"]) {
      expect(await refused([...usual, "--secret-id", secretId])).toBe(
        "--secret-id must name a secret of its own, which deployment.yml does not name.\n",
      )
    }
  })

  it("tells every fault of the stage's section", async () => {
    expect(await refused(["--stage", "none", "--tenant", "Cust12345"])).toContain("deployment.yml")
  })

  it.each([
    [{ npm_config_stage: "sod" }, ["--tenant", "Cust12345"], "consent -- --stage sod"],
    [{ npm_config_tenant: "Cust12345" }, ["--stage", "sod"], "consent -- --tenant Cust12345"],
    [{ npm_config_with_refresh_token: "true" }, usual, "consent -- --with-refresh-token"],
  ])("what npm kept is told: %j", async (env, args, command) => {
    const said = await refused(args, env)
    expect(said).toMatch(/^npm kept --[\w-]+ for itself/)
    expect(said).toContain(`npm${process.platform === "win32" ? ".cmd" : ""} run ${command}\n`)
  })
})

describe("the browser", () => {
  const url = "https://sod.superoffice.com/login/common/oauth/authorize?a=1&b=2"

  it.each([
    ["darwin", ["open", url]],
    ["linux", ["xdg-open", url]],
    ["freebsd", ["xdg-open", url]],
    ["win32", ["rundll32", "url.dll,FileProtocolHandler", url]],
  ] as const)("is opened on %s by a program that gets the address as one argument", (platform, command) => {
    expect(browserCommand(url, platform)).toEqual(command)
  })
})
