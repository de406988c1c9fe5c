import { describe, expect, it } from "vitest"
import { startDescribing, startInFront } from "./in-front.ts"
import { client, done, failed, prepareSecrets, put, read } from "./local-secret.ts"
import { first, second, secretId, stored } from "./stored-secret.ts"

prepareSecrets()

describe("status", () => {
  it("tells versions, stages and key ids, and no value", async () => {
    put({ ...stored, sealing_keys: [first] })
    put(stored)
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
    const lines = [
      `Secret ${secretId} in eu-west-1`,
      `created ${time}, changed ${time}`,
      String.raw`version ${String((await read()).id)} \(AWSCURRENT\), created ${time}`,
      String.raw`  2 sealing keys: second \(seals\), first`,
      String.raw`version ${String((await read("AWSPREVIOUS")).id)} \(AWSPREVIOUS\), created ${time}`,
      String.raw`  1 sealing key: first \(seals\)`,
    ]
    expect(await done("status")).toMatch(new RegExp(`^${lines.join("\n")}\n$`))
  })

  it("reads a secret as the console's key/value form makes it, behind a byte order mark", async () => {
    put(`\ufeff${JSON.stringify({ ...stored, sealing_keys: JSON.stringify([second, first]) })}`)
    expect(await done("status")).toContain("2 sealing keys: second (seals), first")
  })

  const keyOfText = [{ kid: "a", key: "canary" }]
  it.each([
    ["text that is no sealing key", { sealing_keys: "canary" }, 'it lacks "sealing_keys"'],
    ["sealing keys of null", { sealing_keys: null }, 'it lacks "sealing_keys"'],
    ["a sealing key of another length", { sealing_keys: keyOfText }, "is not 32 bytes in base64url"],
    ["a client id with a space", { client_id: "canary " }, 'its "client_id" begins or ends with white space'],
    ["a client secret with a line end", { client_secret: "canary\n" }, 'its "client_secret" begins or ends'],
    ["a control character", { client_secret: "can\u001bary" }, 'its "client_secret" contains a control'],
    ["a client id with dots", { client_id: "db18…ef19845" }, "contains a space or a character outside"],
    ["no client id", { client_id: undefined }, 'it lacks "client_id"'],
    ["what is not JSON", "canary {", "The secret's value is not a JSON object"],
  ])("says that the functions cannot use %s", async (_what, changes, said) => {
    put(typeof changes === "string" ? changes : { ...stored, ...changes })
    expect(await failed("status")).toContain(said)
  })

  it("says what SuperOffice will reject, and the next command", async () => {
    put({ ...stored, client_id: "YOUR_CLIENT_ID" })
    const next = `npm run secret -- replace --secret-id ${secretId} --client-id ID`
    expect(await failed("status")).toContain(`  its "client_id" is a placeholder\n  Next: ${next}\n`)
  })

  it("names the cause when a version cannot be read, and goes on with the others", async () => {
    put({ ...stored, sealing_keys: [first] })
    put(stored)
    let asked = 0
    const noKms = { error: "AccessDeniedException", message: "Access to KMS is not allowed" }
    const isFirstRead = (operation: string) => operation === "GetSecretValue" && ++asked === 1
    const endpoint = await startInFront(({ operation }) => (isFirstRead(operation) ? noKms : undefined))
    const said = await failed("status", [], { endpoint })
    expect(said).toContain(`  The KMS key of "${secretId}" cannot be used: `)
    expect(said).toMatch(/\(AWSPREVIOUS\), created .*\n {2}1 sealing key: first \(seals\)\n$/)
  })

  it.each([
    ["there is no such secret", undefined, "There is no secret"],
    ["it has no value", {}, "has no current value. To store one: npm run secret -- create --secret-id"],
    ["it is scheduled for deletion", { DeletedDate: 1_795_000_000 }, "is scheduled for deletion"],
    ["it is a replica without a value", { PrimaryRegion: "eu-north-1" }, "a replica of the secret in"],
  ])("fails when %s", async (_what, adds, said) => {
    if (adds) await client.createSecret({ Name: secretId })
    const from = adds && { endpoint: await startDescribing(adds) }
    expect(await failed("status", [], from)).toContain(said)
  })

  it("fails once, and not for each secret, when AWS cannot be reached", async () => {
    const said = await failed("status", ["--app-token-secret-id", "a"], { endpoint: "http://127.0.0.1:1" })
    expect(said.match(/Secrets Manager cannot be reached \(ECONNREFUSED\)/g)).toHaveLength(1)
  })
})
