import { generateKeyPairSync } from "node:crypto"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { privateKeyPem, privateKeyXml } from "../../support/system-user.ts"
import { folderWith } from "../folder-with.ts"
import { aws, client, prepareSecrets, run, textOf } from "./local-secret.ts"
import { kmsKeyArn, oldSecret, stored } from "./stored-secret.ts"

prepareSecrets()

const privateKeyId = "superoffice/private-key"

function storeKey(options: readonly string[], input = "") {
  return run(["private-key", "--private-key-secret-id", privateKeyId, ...options], { input })
}

describe("private-key", () => {
  it("makes the secret from a file, and says to delete the file", async () => {
    const file = join(folderWith(privateKeyXml, "key.xml"), "key.xml")
    const { exitCode, stdout } = await storeKey(["--file", file, "--yes"])
    expect([exitCode, await textOf(privateKeyId)]).toEqual([0, privateKeyPem])
    expect(stdout).toContain(`Delete ${file} now, because it contains the key in clear.\n`)
    expect(stdout).toContain(`Name it in deployment.yml (privateKeySecretId: ${privateKeyId}), and deploy.\n`)
    for (const line of privateKeyPem.split("\n").slice(1, -2)) expect(stdout).not.toContain(line)
  })

  it("replaces the key by one from stdin, and keeps the old version as the previous one", async () => {
    aws.put(privateKeyId, privateKeyXml)
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    const pem = String(privateKey.export({ type: "pkcs8", format: "pem" }))
    const { exitCode, stdout } = await storeKey(["--kms-key-arn", kmsKeyArn, "--stdin", "--yes"], pem)
    expect([exitCode, await textOf(privateKeyId)]).toEqual([0, pem])
    expect(await textOf(privateKeyId, "AWSPREVIOUS")).toBe(privateKeyXml)
    expect(stdout).toContain("  encryption key: kept, because the secret exists\n")
    expect(stdout).toContain("Check that it works: sign in as the system user.\n")
  })

  const isNoKey = `"${privateKeyId}" contains something else than a private key, so it is not overwritten.`
  it.each([
    ["the key already, in whatever form", privateKeyXml, "already contains this private key: nothing was"],
    ["the client secret as JSON", JSON.stringify({ ...stored, note: "PRIVATE KEY" }), isNoKey],
    ["a client secret alone", oldSecret, isNoKey],
  ])("leaves a secret that contains %s", async (_what, text, said) => {
    aws.put(privateKeyId, text)
    const { exitCode, stderr } = await storeKey(["--stdin", "--yes"], privateKeyPem)
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(said)])
    expect(await textOf(privateKeyId)).toBe(text)
  })

  it("makes nothing in a dry run", async () => {
    const file = join(folderWith(privateKeyPem, "key.pem"), "key.pem")
    const { exitCode, stdout } = await storeKey(["--file", file, "--dry-run"])
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("Nothing was changed: this is a dry")])
    await expect(client.describeSecret({ SecretId: privateKeyId })).rejects.toThrow("can't find")
  })

  it("looks at the file before anything else, also in a dry run", async () => {
    const file = join(
      folderWith(privateKeyPem.replaceAll(" PRIVATE", " ENCRYPTED PRIVATE"), "bad.pem"),
      "bad.pem",
    )
    const { stdout, stderr } = await storeKey(["--file", file, "--dry-run"])
    expect([stdout, stderr]).toEqual(["", expect.stringContaining("the key is encrypted with a passphrase")])
    const missing = await storeKey(["--file", `${file}-of-none`, "--dry-run"])
    expect(missing.stderr).toBe("The file of --file cannot be read (ENOENT).\n")
  })
})
