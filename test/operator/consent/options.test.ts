import { describe, expect, it } from "vitest"
import { browserCommand } from "../../../operator/consent/browser.ts"
import { consent } from "../../../operator/consent/program.ts"
import { runProgram } from "../../support/program.ts"
import { folderWith, sectionOf } from "../folder-with.ts"

const settings = {
  clientSecretId: "superoffice/sod",
  privateKeySecretId: "superoffice/key",
  apiTokenAudience: "https://api.example.com",
  apiTokenKeysSecretId: "superoffice/signing-keys",
}
const usual = ["--stage", "sod", "--tenant", "Cust12345"]

describe("the command line of consent", () => {
  it("is explained by --help, with the redirect URI to register and the other way", async () => {
    const { stdout } = await runProgram(consent, ["--help"])
    expect(stdout).toContain("http://127.0.0.1:8790/callback has to be registered as a redirect URI")
    expect(stdout).toContain("examples/sign-in-api.ts")
  })

  const ofAnother = "--secret-id must name a secret of its own, which deployment.yml does not name."
  it.each<[readonly string[], string, Record<string, string>?]>([
    [["--tenant", "Cust12345"], "No stage is named, and none is the default: npm run consent -- --stage"],
    [["--stage", "sod"], "No tenant is named: pass --tenant and its context identifier, e.g. Cust12345."],
    [["--stage", "none", "--tenant", "Cust12345"], "deployment.yml has no section for the stage none."],
    [["--stage", "sod", "--tenant", "a/b"], "--tenant must be a context identifier: 1 to 32 letters and"],
    [[...usual, "--port", "80"], "--port must be a whole number from 1024 to 65535."],
    [[...usual, "--port", "0x2260"], "--port must be a whole number from 1024 to 65535."],
    [[...usual, "--secret-id", ""], "--secret-id names no secret."],
    [[...usual, "--secret-id", "superoffice/sod"], ofAnother],
    [[...usual, "--secret-id", "superoffice/key"], ofAnother],
    [[...usual, "--secret-id", "superoffice/signing-keys"], ofAnother],
    [[...usual, "more"], "consent takes only options: --help lists them."],
    [[...usual, "--code", "canary"], "Unknown option '--code': --help lists them."],
    [["--tenant", "Cust12345"], "run consent -- --stage sod\n", { npm_config_stage: "sod" }],
    [["--stage", "sod"], "run consent -- --tenant Cust12345\n", { npm_config_tenant: "Cust12345" }],
    [usual, "run consent -- --with-refresh-token\n", { npm_config_with_refresh_token: "true" }],
  ])("is refused: %j, %s", async (args, said, env = {}) => {
    const folder = folderWith(sectionOf("sod", { region: "eu-west-1", ...settings }))
    const { exitCode, stdout, stderr } = await runProgram(consent, args, { folder, env })
    expect([exitCode, stdout]).toEqual([1, ""])
    expect(stderr).toContain(said)
    expect(stderr).not.toContain("canary")
  })
})

describe("the browser", () => {
  const url = "https://sod.superoffice.com/login/common/oauth/authorize?a=1&b=2"

  it.each([
    ["darwin", ["open", url]],
    ["linux", ["xdg-open", url]],
    ["win32", ["rundll32", "url.dll,FileProtocolHandler", url]],
  ] as const)("is opened on %s by a program that gets the address as one argument", (platform, command) => {
    expect(browserCommand(url, platform)).toEqual(command)
  })
})
