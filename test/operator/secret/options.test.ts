import { describe, expect, it } from "vitest"
import { npm } from "../../support/npm.ts"
import { argsFor, envAt, listen, prepareSecrets, put, run } from "./local-secret.ts"
import { stored } from "./stored-secret.ts"

prepareSecrets()

const arn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:"

describe("the command line of secret", () => {
  const noSecret = "No secret is named: pass --stage NAME,"
  const sameSecret = "--app-token-secret-id must name another secret than --secret-id."
  it.each([
    [["replace", "canary-in-a-wrong-place"], "Pass one command: create, replace, private-key, status, "],
    [["replace", "--client-secret=canary"], "Unknown option '--client-secret': --help lists them."],
    [["replace"], noSecret],
    [["status", "--secret-id", "a", "--yes"], "status does not take --yes."],
    [["private-key", "--secret-id", "a"], "private-key does not take --secret-id."],
    [["replace", "--secret-id", "a", "--app-token-secret-id", ""], "--app-token-secret-id names no secret."],
    [["replace", "--secret-id", "a", "--app-token-secret-id", "a"], sameSecret],
    [["replace", "--secret-id", "a", "--app-token-secret-id", `${arn}a-a1B2c3`], sameSecret],
    [["replace", "--secret-id", `${arn}a-a1B2c3`, "--app-token-secret-id", `${arn}a`], sameSecret],
    [["status", "--secret-id", "a", "--private-key-secret-id", "a"], "must name a secret of its own."],
    [["replace", "--secret-id", "a", "--stdin"], "pass --yes too."],
    [["private-key", "--private-key-secret-id", "a", "--stdin", "--file", "key"], "not both."],
    [["status", "--secret-id", "a", "--endpoint", "http://10.0.0.1"], "--endpoint must be an https: URL"],
    [["create", "--secret-id", "a", "--kms-key-arn", "alias/a"], "aws kms describe-key --key-id ALIAS"],
  ])("is refused: %j", async (args, sentence) => {
    const { exitCode, stdout, stderr } = await run(args)
    expect([exitCode, stdout, stderr]).toEqual([1, "", expect.stringContaining(sentence)])
  })

  it.each([
    ["npm_config_stage", "online", "--stage online"],
    ["npm_config_secret_id", "superoffice/sod", "--secret-id superoffice/sod"],
  ])("is refused, and repeated with what npm kept, when %s is set", async (name, value, option) => {
    const { stderr } = await run(["status"], { env: { [name]: value } })
    expect(stderr).toMatch(new RegExp(`^npm kept --.* for itself, .*run secret -- status ${option}\n$`))
  })

  it("needs a region", async () => {
    const nowhere = { AWS_REGION: undefined, AWS_CONFIG_FILE: "/dev/null" }
    const { exitCode, stderr } = await run(argsFor("status"), { env: nowhere })
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("There is no AWS region: pass --region")])
  })

  it("names an endpoint for one call", async () => {
    put(stored)
    const { AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint = "" } = envAt()
    const args = argsFor("status", ["--endpoint", endpoint])
    expect((await run(args, { endpoint: "http://127.0.0.1:1" })).exitCode).toBe(0)
  })

  it("names a profile, which wins over keys in variables", async () => {
    const nowhere = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" }
    const env = { ...nowhere, AWS_EC2_METADATA_DISABLED: "true" }
    const { exitCode, stderr } = await run(argsFor("status", ["--profile", "production"]), { env })
    expect(stderr).toMatch(/^Using the profile production, not the key in AWS_ACCESS_KEY_ID\.\n/)
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('There is no AWS profile "production"')])
  })

  it("is what npm passes on", async () => {
    const stdout = await npm(["run", "--silent", "secret", "--", "--help"])
    expect(listen({ exitCode: 0, stdout, stderr: "" }).stdout).toContain("Usage: npm run secret -- COMMAND")
  })
})
