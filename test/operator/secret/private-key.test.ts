import { generateKeyPairSync } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { privateKeyPem, privateKeyXml } from "../../support/system-user.ts"
import { aws, client, oldSecret, run, stored } from "./local-secret.ts"

const privateKeyId = "superoffice/private-key"
const named = ["private-key", "--private-key-secret-id", privateKeyId]
const other = generateKeyPairSync("rsa", { modulusLength: 2048 })
const otherPem = String(other.privateKey.export({ type: "pkcs8", format: "pem" }))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "private-key-"))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

async function storedKey(): Promise<string | undefined> {
  return (await client.getSecretValue({ SecretId: privateKeyId })).SecretString
}

/** No line of a key may be printed. */
function expectNoKeyIn(text: string): void {
  for (const line of privateKeyPem.split("\n").slice(1, -2)) expect(text).not.toContain(line)
}

describe("private-key", () => {
  it("makes the secret from a file, and says to delete the file", async () => {
    const file = join(folder, "key.xml")
    writeFileSync(file, privateKeyXml)
    const { exitCode, stdout } = await run([...named, "--file", file, "--yes"])
    expect([exitCode, await storedKey()]).toEqual([0, privateKeyPem])
    expect(stdout).toContain(`Delete ${file} now, because it contains the key in clear.\n`)
    expect(stdout).toContain(`Name it in deployment.yml (privateKeySecretId: ${privateKeyId}), and deploy.\n`)
    expectNoKeyIn(stdout)
  })

  it("replaces the key by one from stdin, and keeps the old version as the previous one", async () => {
    aws.put(privateKeyId, privateKeyXml)
    const options = ["--kms-key-arn", "arn:aws:kms:eu-west-1:000000000000:key/example", "--stdin", "--yes"]
    const { exitCode, stdout } = await run([...named, ...options], { input: otherPem })
    expect([exitCode, await storedKey()]).toEqual([0, otherPem])
    const previous = await client.getSecretValue({ SecretId: privateKeyId, VersionStage: "AWSPREVIOUS" })
    expect(previous.SecretString).toBe(privateKeyXml)
    expect(stdout).toContain("  encryption key: kept, because the secret exists\n")
    expect(stdout).toContain("Check that it works: sign in as the system user.\n")
  })

  it("leaves a secret that contains the key already, in whatever form", async () => {
    aws.put(privateKeyId, privateKeyXml)
    const { exitCode, stderr } = await run([...named, "--stdin", "--yes"], { input: privateKeyPem })
    expect([exitCode, stderr]).toEqual([
      1,
      "The secret already contains this private key: nothing was changed.\n",
    ])
    expect(await storedKey()).toBe(privateKeyXml)
  })

  it.each([
    ["the client secret as JSON", JSON.stringify({ ...stored, note: "PRIVATE KEY" })],
    ["a client secret alone", oldSecret],
  ])("does not overwrite %s", async (_what, text) => {
    aws.put(privateKeyId, text)
    const { exitCode, stderr } = await run([...named, "--stdin", "--yes"], { input: privateKeyPem })
    expect([exitCode, stderr]).toEqual([
      1,
      `"${privateKeyId}" contains something else than a private key, so it is not overwritten. Name another secret, or delete this one.\n`,
    ])
    expect(await storedKey()).toBe(text)
  })

  it("makes nothing in a dry run", async () => {
    const file = join(folder, "key.pem")
    writeFileSync(file, privateKeyPem)
    const { exitCode, stdout } = await run([...named, "--file", file, "--dry-run"])
    expect([exitCode, stdout.endsWith("Nothing was changed: this is a dry run.\n")]).toEqual([0, true])
    await expect(client.describeSecret({ SecretId: privateKeyId })).rejects.toThrow("can't find")
  })

  it.each([
    ["is missing", undefined, "The file of --file cannot be read (ENOENT).\n"],
    [
      "has an encrypted key",
      privateKeyPem.replace("-----BEGIN PRIVATE", "-----BEGIN ENCRYPTED PRIVATE"),
      "Nothing was changed: the key is encrypted with a passphrase. Decrypt it: openssl pkey -in FILE -out decrypted.pem.\n",
    ],
  ])("looks at the file before anything else, also in a dry run: it %s", async (_how, text, sentence) => {
    const file = join(folder, "bad.pem")
    if (text !== undefined) writeFileSync(file, text)
    expect(await run([...named, "--file", file, "--dry-run"])).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: sentence,
    })
  })
})
