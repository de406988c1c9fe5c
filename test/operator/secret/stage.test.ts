import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { privateKeyPem } from "../../support/system-user.ts"
import { startInFront } from "./in-front.ts"
import { aws, client, newSecret, oldSecret, put, read, run, secretId, stored } from "./local-secret.ts"

const appTokenId = "superoffice/app-token"
const privateKeyId = "superoffice/private-key"
const keyArn = "arn:aws:kms:eu-west-1:000000000000:key/1234abcd"
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A folder whose deployment.yml has a stage with these settings. */
function folderWith(settings: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "secret-"))
  folders.push(folder)
  const lines = Object.entries({ clientSecretId: secretId, ...settings }).map(
    ([name, value]) => `  ${name}: ${value}\n`,
  )
  writeFileSync(join(folder, "deployment.yml"), `sod:\n${lines.join("")}`)
  return folder
}

const all = { region: "eu-west-1", appTokenSecretId: appTokenId, privateKeySecretId: privateKeyId }

describe("--stage takes from deployment.yml", () => {
  it("the secrets of status, and names the stage in the next commands", async () => {
    const folder = folderWith(all)
    put(stored)
    const missing = await run(["status", "--stage", "sod"], { folder })
    expect(missing.exitCode).toBe(1)
    expect(missing.stdout.replace(/^.*?App token/s, "App token")).toBe(
      [
        `App token secret ${appTokenId} in eu-west-1`,
        `  "${appTokenId}" does not exist in eu-west-1.`,
        "  Next: npm run secret -- create --stage sod",
        `Private key secret ${privateKeyId} in eu-west-1`,
        `  "${privateKeyId}" does not exist in eu-west-1.`,
        "  Next: npm run secret -- private-key --stage sod",
        "",
      ].join("\n"),
    )
    aws.put(appTokenId, oldSecret)
    aws.put(privateKeyId, privateKeyPem)
    const { exitCode, stdout } = await run(["status", "--stage", "sod"], { folder })
    expect([exitCode, stdout.endsWith("  It contains an RSA key of 2048 bits.\n")]).toEqual([0, true])
  })

  it("the region and the secrets of create, and their key", async () => {
    const folder = folderWith({ ...all, secretKmsKeyArn: keyArn })
    const options = ["--client-id", stored.client_id, "--stdin", "--yes"]
    const { exitCode, stdout } = await run(["create", "--stage", "sod", ...options], {
      folder,
      input: newSecret,
    })
    expect(exitCode).toBe(0)
    expect(stdout).toContain("Next: npm run deploy -- --stage sod\n")
    expect((await read()).value.client_secret).toBe(newSecret)
    for (const SecretId of [secretId, appTokenId]) {
      expect((await client.describeSecret({ SecretId })).KmsKeyId).toBe(keyArn)
    }
  })

  it("only what no option names", async () => {
    const folder = folderWith({ ...all, clientSecretId: "superoffice/another" })
    put(stored)
    const { exitCode, stdout } = await run(
      ["rotate-sealing-key", "--stage", "sod", "--secret-id", secretId, "--yes"],
      {
        folder,
      },
    )
    expect(exitCode).toBe(0)
    expect(stdout).toContain(
      `Then: npm run secret -- retire-sealing-key --stage sod --secret-id ${secretId}\n`,
    )
  })

  it("no secret for the private key when it names none", async () => {
    const { exitCode, stderr } = await run(["private-key", "--stage", "sod"], { folder: folderWith({}) })
    expect([exitCode, stderr]).toEqual([
      1,
      'deployment.yml names no secret for the private key: write privateKeySecretId below "sod:", or pass --private-key-secret-id NAME.\n',
    ])
  })

  it("the name that an operator has to check", async () => {
    const { exitCode, stderr } = await run(["replace", "--stage", "sod", "--stdin", "--yes"], {
      folder: folderWith(all),
    })
    expect([exitCode, stderr]).toEqual([
      1,
      `There is no secret "${secretId}" in eu-west-1: check clientSecretId and region in deployment.yml. ` +
        "To create it: npm run secret -- create --stage sod --client-id ID\n",
    ])
  })
})

describe("status of a stage says what the functions would say:", () => {
  it("sealing keys are missing where pages may call", async () => {
    const { client_id, client_secret } = stored
    put({ client_id, client_secret })
    expect((await run(["status", "--stage", "sod"], { folder: folderWith({}) })).exitCode).toBe(0)
    const folder = folderWith({ allowedOrigins: "https://app.example.com" })
    const { exitCode, stdout } = await run(["status", "--stage", "sod"], { folder })
    expect(exitCode).toBe(1)
    expect(stdout).toContain('it lacks "sealing_keys", which ALLOWED_ORIGINS needs\n')
    expect(stdout).toContain("  Next: npm run secret -- rotate-sealing-key --stage sod\n")
  })

  it("the KMS key is not the one that they may use", async () => {
    put(stored)
    const endpoint = await startInFront(({ operation }) =>
      operation === "DescribeSecret" ? { adds: { KmsKeyId: keyArn } } : undefined,
    )
    const wrong = await run(["status", "--stage", "sod"], { folder: folderWith({}), endpoint })
    expect(wrong.exitCode).toBe(1)
    expect(wrong.stdout).toContain(
      `encrypted with ${keyArn}\n` +
        "  The functions may not use this key, because secretKmsKeyArn in deployment.yml names another, or none.\n",
    )
    const folder = folderWith({ secretKmsKeyArn: keyArn })
    expect((await run(["status", "--stage", "sod"], { folder, endpoint })).exitCode).toBe(0)
  })
})
