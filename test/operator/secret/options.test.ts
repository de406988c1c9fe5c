import { describe, expect, it } from "vitest"
import { runCommand } from "../../support/command.ts"
import { npm } from "../../support/npm.ts"
import { argsFor, envAt, outputs, put, run, stored } from "./local-secret.ts"

const arn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:"
const commands = "create, replace, private-key, status, rotate-sealing-key, retire-sealing-key"

describe("the command line", () => {
  it.each([
    [["canary-in-a-wrong-place"], `Pass one command: ${commands}. See --help.`],
    [["replace", "canary-in-a-wrong-place"], `Pass one command: ${commands}. See --help.`],
    [["replace", "--client-secret=canary"], "Unknown option '--client-secret': --help lists them."],
    [
      ["replace"],
      "No secret is named: pass --stage NAME, whose section of deployment.yml names it, or --secret-id NAME.",
    ],
    [
      ["private-key"],
      "No secret is named: pass --stage NAME, whose section of deployment.yml names it, or --private-key-secret-id NAME.",
    ],
    [["status", "--secret-id", "a", "--yes"], "status does not take --yes."],
    [["private-key", "--secret-id", "a"], "private-key does not take --secret-id."],
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
      ["status", "--secret-id", "a", "--private-key-secret-id", "a"],
      "--private-key-secret-id must name a secret of its own.",
    ],
    [
      ["replace", "--secret-id", "a", "--stdin"],
      "With --stdin, nobody can be asked for confirmation: pass --yes too.",
    ],
    [
      ["private-key", "--private-key-secret-id", "a", "--stdin", "--file", "key.pem"],
      "Pass --file or --stdin, not both.",
    ],
    [
      ["status", "--secret-id", "a", "--endpoint", "http://10.0.0.1"],
      "--endpoint must be an https: URL, or an http: one on this machine.",
    ],
    [
      ["create", "--secret-id", "a", "--kms-key-arn", "alias/superoffice"],
      "--kms-key-arn must be the key's own ARN, because a policy cannot name a key by its alias: " +
        "aws kms describe-key --key-id ALIAS --query KeyMetadata.Arn prints it.",
    ],
  ])("refuses %j", async (args, sentence) => {
    const result = await runCommand("secret", args, { env: envAt() })
    outputs.push(result.stderr)
    expect(result).toEqual({ exitCode: 1, stdout: "", stderr: `${sentence}\n` })
  })

  it.each([
    ["npm_config_stage", "online", "--stage online"],
    ["npm_config_secret_id", "superoffice/sod", "--secret-id superoffice/sod"],
  ])("says that npm kept the option when %s is set", async (name, value, option) => {
    const result = await runCommand("secret", ["status"], { env: { ...envAt(), [name]: value } })
    outputs.push(result.stderr)
    expect(result.stderr).toBe(
      `npm kept ${option.split(" ")[0] ?? ""} for itself, because no -- stands before it. Run: npm run secret -- status ${option}\n`,
    )
  })

  it("needs a region", async () => {
    const nowhere = { ...envAt(), AWS_REGION: undefined, AWS_CONFIG_FILE: "/dev/null" }
    const result = await runCommand("secret", argsFor("status"), { env: nowhere })
    outputs.push(result.stderr)
    expect(result.stderr).toBe(
      "There is no AWS region: pass --region, write it in deployment.yml, or set AWS_REGION.\n",
    )
  })

  it("names an endpoint for one call", async () => {
    put(stored)
    const { AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint = "" } = envAt()
    const args = argsFor("status", ["--endpoint", endpoint])
    expect((await run(args, { endpoint: "http://127.0.0.1:1" })).exitCode).toBe(0)
  })

  it("names a profile, which wins over keys in variables", async () => {
    const variables = { ...envAt(), AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" }
    const result = await runCommand("secret", argsFor("status", ["--profile", "production"]), {
      env: { ...variables, AWS_EC2_METADATA_DISABLED: "true" },
    })
    outputs.push(result.stderr)
    expect([result.exitCode, result.stderr]).toEqual([
      1,
      "Using the profile production, not the key in AWS_ACCESS_KEY_ID.\n" +
        'There is no AWS profile "production" on this machine. To see those that there are: aws configure list-profiles\n',
    ])
  })

  it("is what npm runs", async () => {
    const stdout = await npm(["run", "--silent", "secret", "--", "--help"])
    outputs.push(stdout)
    expect(stdout).toContain("Usage: npm run secret -- COMMAND --stage NAME [options]")
  })
})
