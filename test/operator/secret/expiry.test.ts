import { describe, expect, it } from "vitest"
import { done, failed, prepareSecrets, put, read } from "./local-secret.ts"
import { newSecret, oldSecret, secretId, stored } from "./stored-secret.ts"

prepareSecrets()

const day = (days: number): string => new Date(Date.now() + days * 24 * 3_600_000).toISOString().slice(0, 10)
const dated = { ...stored, client_secret_expires: day(10) }
const unattended = ["--stdin", "--yes"]

describe("--expires", () => {
  it.each([
    ["create", ["--client-id", stored.client_id]],
    ["replace", []],
  ])("of %s stores the date beside the client secret, and says so before", async (command, options) => {
    if (command === "replace") put(stored)
    const given = [...options, "--expires", day(365), ...unattended]
    expect(await done(command, given, { input: newSecret })).toContain(`  expiry date: ${day(365)}\n`)
    expect((await read()).value).toMatchObject({ client_secret: newSecret, client_secret_expires: day(365) })
  })

  it.each([
    ["2027-02-30", "in the form YYYY-MM-DD: nothing was changed."],
    [day(0), `--expires ${day(0)} is not a date to come: nothing was changed.`],
  ])("refuses %j with a sentence, and changes nothing", async (expires, sentence) => {
    put(stored)
    const options = ["--expires", expires, ...unattended]
    expect(await failed("replace", options, { input: newSecret })).toContain(sentence)
  })

  it("of replace keeps the client secret if none is given, to correct or add the date alone", async () => {
    put({ ...stored, client_secret_expires: "canary" })
    await done("replace", ["--expires", day(40), ...unattended])
    expect((await read()).value).toEqual({ ...stored, client_secret_expires: day(40) })
  })

  it("of create is refused for a secret that has another date", async () => {
    put(dated)
    const options = ["--app-token-secret-id", "superoffice/app-token", "--expires", day(365), "--yes"]
    expect(await failed("create", options)).toContain("already exists in eu-west-1.")
  })
})

describe("the date of a client secret", () => {
  it("goes with it when replace stores a new one without a date, and replace says so before", async () => {
    put(dated)
    const stdout = await done("replace", unattended, { input: newSecret })
    expect(stdout).toContain("  expiry date: removed, because the new client secret has another; --expires ")
    expect((await read()).value).toEqual({ ...stored, client_secret: newSecret })
  })

  it("stays with it when only the client id is replaced", async () => {
    put(dated)
    const client_id = "f".repeat(31) + "0"
    const stdout = await done("replace", ["--client-id", client_id, ...unattended])
    expect(stdout).toContain("stores it; kept if the client secret is\n")
    expect((await read()).value).toEqual({ ...dated, client_id })
  })

  it.each(["rotate-sealing-key", "retire-sealing-key"])("is kept by %s", async (command) => {
    put(dated)
    await done(command, ["--yes"])
    const { client_secret_expires } = dated
    expect((await read()).value).toMatchObject({ client_secret: oldSecret, client_secret_expires })
  })

  const replaceIt = `npm run secret -- replace --secret-id ${secretId} --expires YYYY-MM-DD\n`
  const keepsIt = `which keeps the client secret:\n  ${replaceIt}`
  it.each([
    [day(31), `its client secret expires on ${day(31)}, in 31 days\n`, undefined],
    [day(30), `its client secret expires on ${day(30)}, in 30 days\n`, `Next: ${replaceIt}`],
    [day(0), `its client secret expires on ${day(0)}, today\n`, `Next: ${replaceIt}`],
    [day(-1), `its client secret expired on ${day(-1)}, 1 day ago\n`, `Next: ${replaceIt}`],
    ["canary", '"client_secret_expires" of the secret is not a date', keepsIt],
  ])("is shown by status, which succeeds whatever it is: %s", async (expires, finding, next) => {
    put({ ...stored, client_secret_expires: expires })
    const stdout = await done("status")
    expect(stdout).toContain(finding)
    expect(stdout.includes("Next")).toBe(next !== undefined)
    expect(stdout).toContain(next ?? "")
  })
})
