import { describe, expect, it } from "vitest"
import { startInFront } from "./in-front.ts"
import { aws, client, first, operate, put, read, second, secretId, stored } from "./local-secret.ts"

describe("status", () => {
  it("tells versions, stages and key ids, and no value", async () => {
    put({ ...stored, sealing_keys: [first] })
    put(stored)
    const { exitCode, stdout } = await operate("status")
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
    const lines = [
      `Secret ${secretId} in eu-west-1`,
      `created ${time}, changed ${time}`,
      String.raw`version ${String((await read()).id)} \(AWSCURRENT\), created ${time}`,
      String.raw`  2 sealing keys: second \(seals\), first`,
      String.raw`version ${String((await read("AWSPREVIOUS")).id)} \(AWSPREVIOUS\), created ${time}`,
      String.raw`  1 sealing key: first \(seals\)`,
    ]
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${lines.join("\n")}\n$`))
  })

  it("reads a secret as the console's key/value form makes it, behind a byte order mark", async () => {
    aws.put(secretId, `\ufeff${JSON.stringify({ ...stored, sealing_keys: JSON.stringify([second, first]) })}`)
    const { exitCode, stdout } = await operate("status")
    expect(exitCode).toBe(0)
    expect(stdout).toContain("2 sealing keys: second (seals), first")
  })

  it.each([
    ["text that is no sealing key", { sealing_keys: "canary" }, 'it lacks "sealing_keys"'],
    ["sealing keys of null", { sealing_keys: null }, 'it lacks "sealing_keys"'],
    ["a client id with a space", { client_id: "canary " }, 'its "client_id" begins or ends with white space'],
    ["a client secret with a line end", { client_secret: "canary\n" }, 'its "client_secret" begins or ends'],
    ["a control character", { client_secret: "can\u001bary" }, 'its "client_secret" contains a control'],
    [
      "a client id with dots",
      { client_id: "db18…ef19845" },
      'its "client_id" contains a space or a character outside',
    ],
  ])("says that the functions cannot use %s", async (_what, changes, said) => {
    put({ ...stored, ...changes })
    const { exitCode, stdout } = await operate("status")
    expect(exitCode).toBe(1)
    expect(stdout).toContain(said)
  })

  it.each([
    ["not JSON", "canary {", "The secret's value is not a JSON object"],
    ["a list", "[1]", "The secret's value is not a JSON object"],
    ["a secret without a client id", '{"client_secret":"canary"}', 'it lacks "client_id"'],
    [
      "a sealing key of another length",
      JSON.stringify({ ...stored, sealing_keys: [{ kid: "a", key: "canary" }] }),
      "is not 32 bytes in base64url",
    ],
  ])("says that the functions cannot use %s", async (_what, text, said) => {
    put(text)
    const { exitCode, stdout } = await operate("status")
    expect(exitCode).toBe(1)
    expect(stdout).toContain(said)
  })

  it("says what SuperOffice will reject, and the next command", async () => {
    put({ ...stored, client_id: "YOUR_CLIENT_ID" })
    const { exitCode, stdout } = await operate("status")
    expect(exitCode).toBe(1)
    expect(stdout).toContain(
      `  its "client_id" is a placeholder\n  Next: npm run secret -- replace --secret-id ${secretId} --client-id ID\n`,
    )
  })

  it("names the cause when a version cannot be read, and goes on with the others", async () => {
    put({ ...stored, sealing_keys: [first] })
    put(stored)
    let asked = 0
    const endpoint = await startInFront(({ operation }) =>
      operation === "GetSecretValue" && ++asked === 1
        ? { error: "AccessDeniedException", message: "Access to KMS is not allowed" }
        : undefined,
    )
    const { exitCode, stdout } = await operate("status", [], { endpoint })
    expect(exitCode).toBe(1)
    expect(stdout).toContain(
      `  The KMS key of "${secretId}" cannot be used: these credentials need kms:Decrypt on it`,
    )
    expect(stdout).toMatch(/\(AWSPREVIOUS\), created .*\n {2}1 sealing key: first \(seals\)\n$/)
  })

  it.each([
    [
      "there is no such secret",
      undefined,
      `There is no secret "${secretId}" in eu-west-1: check --secret-id and --region. ` +
        `To create it: npm run secret -- create --secret-id ${secretId} --client-id ID`,
    ],
    [
      "it has no value",
      {},
      `"${secretId}" in eu-west-1 has no current value. To store one: npm run secret -- create --secret-id ${secretId} --client-id ID`,
    ],
    [
      "it is scheduled for deletion",
      { DeletedDate: 1_795_000_000 },
      `"${secretId}" in eu-west-1 is scheduled for deletion (2026-11-18). To keep it: ` +
        `aws secretsmanager restore-secret --secret-id ${secretId} --region eu-west-1`,
    ],
    [
      "it is a replica without a value",
      { PrimaryRegion: "eu-north-1" },
      "a replica of the secret in eu-north-1, which is changed there (--region eu-north-1)",
    ],
  ])("fails when %s", async (_what, adds, said) => {
    if (adds !== undefined) await client.createSecret({ Name: secretId })
    const endpoint = await startInFront(({ operation }) =>
      operation === "DescribeSecret" && adds !== undefined ? { adds } : undefined,
    )
    const { exitCode, stdout } = await operate("status", [], { endpoint })
    expect(exitCode).toBe(1)
    expect(stdout).toContain(said)
  })

  it("fails once, and not for each secret, when AWS cannot be reached", async () => {
    const { exitCode, stderr } = await operate("status", ["--app-token-secret-id", "a"], {
      endpoint: "http://127.0.0.1:1",
    })
    expect([exitCode, stderr]).toEqual([
      1,
      "Secrets Manager cannot be reached (ECONNREFUSED): check this machine's network, and the endpoint if one is set.\n",
    ])
  })
})
