import { describe, expect, it } from "vitest"
import type { CommandResult } from "../../support/command.ts"
import { privateKeyPem } from "../../support/system-user.ts"
import { folderWith, sectionOf } from "../folder-with.ts"
import { startDescribing } from "./in-front.ts"
import * as local from "./local-secret.ts"
import { put, read } from "./local-secret.ts"
import { kmsKeyArn, newSecret, secretId, stored } from "./stored-secret.ts"

local.prepareSecrets()

const appTokenId = "superoffice/app-token"
const privateKeyId = "superoffice/private-key"
const all = { region: "eu-west-1", appTokenSecretId: appTokenId, privateKeySecretId: privateKeyId }

/** Runs a command for a stage with these settings in deployment.yml. */
async function ofStage(
  settings: Readonly<Record<string, string>>,
  command: string,
  options: readonly string[] = [],
  from: { readonly input?: string; readonly endpoint?: string } = {},
): Promise<CommandResult> {
  const folder = folderWith(sectionOf("sod", { clientSecretId: secretId, ...settings }))
  return await local.run([command, "--stage", "sod", ...options], { folder, ...from })
}

describe("--stage takes from deployment.yml", () => {
  it("the secrets of status, and names the stage in the next commands", async () => {
    put(stored)
    const missing = await ofStage(all, "status")
    expect(missing.exitCode).toBe(1)
    expect(missing.stdout).toContain(
      `"${appTokenId}" does not exist in eu-west-1.\n  Next: npm run secret -- create --stage sod\n`,
    )
    expect(missing.stdout).toContain(
      `"${privateKeyId}" does not exist in eu-west-1.\n  Next: npm run secret -- private-key --stage sod\n`,
    )
    local.aws.put(appTokenId, stored.client_secret)
    local.aws.put(privateKeyId, privateKeyPem)
    const { exitCode, stdout } = await ofStage(all, "status")
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("It contains an RSA key of 2048 bits.")])
  })

  it("the region and the secrets of create, and their key", async () => {
    const options = ["--client-id", stored.client_id, "--stdin", "--yes"]
    const settings = { ...all, secretKmsKeyArn: kmsKeyArn }
    const { stdout } = await ofStage(settings, "create", options, { input: newSecret })
    expect(stdout).toContain("Next: npm run deploy -- --stage sod\n")
    expect((await read()).value.client_secret).toBe(newSecret)
    expect([await local.keyOf(secretId), await local.keyOf(appTokenId)]).toEqual([kmsKeyArn, kmsKeyArn])
  })

  it("only what no option names", async () => {
    put(stored)
    const settings = { ...all, clientSecretId: "superoffice/another" }
    const options = ["--secret-id", secretId, "--yes"]
    const { exitCode, stdout } = await ofStage(settings, "rotate-sealing-key", options)
    const next = `Then: npm run secret -- retire-sealing-key --stage sod --secret-id ${secretId}\n`
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(next)])
  })

  it("no secret for the private key when it names none", async () => {
    const { exitCode, stderr } = await ofStage({}, "private-key")
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("write privateKeySecretId below")])
  })

  it("the name that an operator has to check", async () => {
    const { stderr } = await ofStage(all, "replace", ["--stdin", "--yes"])
    expect(stderr).toMatch(/check clientSecretId and region in deployment\.yml\. .* create --stage sod /)
  })
})

describe("status of a stage says what the functions would say:", () => {
  it("sealing keys are missing where pages may call", async () => {
    const { client_id, client_secret } = stored
    put({ client_id, client_secret })
    expect((await ofStage({}, "status")).exitCode).toBe(0)
    const { exitCode, stdout } = await ofStage({ allowedOrigins: "https://app.example.com" }, "status")
    const said = /it lacks "sealing_keys", .*\n {2}Next: npm run secret -- rotate-sealing-key --stage sod/
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(said)])
  })

  it("the KMS key is not the one that they may use", async () => {
    put(stored)
    const endpoint = await startDescribing({ KmsKeyId: kmsKeyArn })
    const wrong = await ofStage({}, "status", [], { endpoint })
    expect(wrong.stdout).toContain(`${kmsKeyArn}\n  The functions may not use this key, because `)
    const right = await ofStage({ secretKmsKeyArn: kmsKeyArn }, "status", [], { endpoint })
    expect([wrong.exitCode, right.exitCode]).toEqual([1, 0])
  })
})
