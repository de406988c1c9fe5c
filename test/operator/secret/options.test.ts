import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { runCommand } from "../../support/command.ts"
import { argsFor, env, outputs } from "./local-secret.ts"

const arn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:"

describe("the command line", () => {
  it.each([
    [
      ["canary-in-a-wrong-place"],
      "Pass one command: create, replace, status, rotate-sealing-key, retire-sealing-key. See --help.",
    ],
    [
      ["replace", "canary-in-a-wrong-place"],
      "Pass one command: create, replace, status, rotate-sealing-key, retire-sealing-key. See --help.",
    ],
    [["replace", "--client-secret=canary"], "Unknown option '--client-secret': --help lists them."],
    [["replace"], "No secret is named: pass --secret-id."],
    [["status", "--secret-id", "a", "--yes"], "status does not take --yes."],
    [
      ["rotate-sealing-key", "--secret-id", "a", "--app-token-secret-id", "b"],
      "rotate-sealing-key does not take --app-token-secret-id.",
    ],
    [["replace", "--secret-id", "a", "--app-token-secret-id", ""], "--app-token-secret-id names no secret."],
    [
      ["replace", "--secret-id", "a", "--app-token-secret-id", "a"],
      "--app-token-secret-id must name another secret than --secret-id.",
    ],
    [
      ["replace", "--secret-id", "a", "--app-token-secret-id", `${arn}a-a1B2c3`],
      "--app-token-secret-id must name another secret than --secret-id.",
    ],
    [
      ["replace", "--secret-id", `${arn}a-a1B2c3`, "--app-token-secret-id", `${arn}a`],
      "--app-token-secret-id must name another secret than --secret-id.",
    ],
    [
      ["replace", "--secret-id", "a", "--stdin"],
      "With --stdin, nobody can be asked for confirmation: pass --yes too.",
    ],
    [
      ["status", "--secret-id", "a", "--endpoint", "http://10.0.0.1"],
      "--endpoint must be an https: URL, or an http: one on this machine.",
    ],
  ])("refuses %j", async (args, sentence) => {
    const result = await runCommand("secret", args, { env })
    outputs.push(result.stderr)
    expect(result).toEqual({ exitCode: 1, stdout: "", stderr: `${sentence}\n` })
  })

  it("needs a region", async () => {
    const nowhere = { ...env, AWS_REGION: undefined, AWS_CONFIG_FILE: "/dev/null" }
    const result = await runCommand("secret", argsFor("status", []), { env: nowhere })
    outputs.push(result.stderr)
    expect(result.stderr).toBe("There is no AWS region: pass --region, or set AWS_REGION.\n")
  })

  it("is what npm runs", () => {
    const stdout = execFileSync("npm", ["run", "--silent", "secret", "--", "--help"], { encoding: "utf8" })
    outputs.push(stdout)
    expect(stdout).toContain("Usage: npm run secret -- COMMAND --secret-id NAME [options]")
  })
})
