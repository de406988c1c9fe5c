import { describe, expect, it } from "vitest"
import { aws, first, operate, put, read, second, secretId, stored } from "./local-secret.ts"

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
})
