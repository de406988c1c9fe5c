import { describe, expect, it } from "vitest"
import { newSecret, oldSecret, operate, put, read, secretId, stored } from "./local-secret.ts"

const day = (days: number): string => new Date(Date.now() + days * 24 * 3_600_000).toISOString().slice(0, 10)
const dated = { ...stored, client_secret_expires: day(10) }
const unattended = ["--stdin", "--yes"]
const replaceIt = `npm run secret -- replace --secret-id ${secretId} --expires YYYY-MM-DD`

describe("--expires", () => {
  it.each([
    ["create", ["--client-id", stored.client_id]],
    ["replace", []],
  ])("of %s stores the date beside the client secret, and says so before", async (command, options) => {
    if (command === "replace") put(stored)
    const given = [...options, "--expires", day(365), ...unattended]
    const { exitCode, stdout } = await operate(command, given, { input: newSecret })
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`  expiry date: ${day(365)}\n`)
    expect((await read()).value).toMatchObject({
      client_id: stored.client_id,
      client_secret: newSecret,
      client_secret_expires: day(365),
    })
  })

  it.each([
    ["YYYY-MM-DD", "in the form YYYY-MM-DD: nothing was changed."],
    ["2027-02-30", "in the form YYYY-MM-DD: nothing was changed."],
    ["", "in the form YYYY-MM-DD: nothing was changed."],
    [day(0), `--expires ${day(0)} is not a date to come: nothing was changed.`],
    ["2020-01-01", "--expires 2020-01-01 is not a date to come: nothing was changed."],
  ])("refuses %s with a sentence, and changes nothing", async (expires, sentence) => {
    put(stored)
    const before = await read()
    const { exitCode, stderr } = await operate("replace", ["--expires", expires, ...unattended], {
      input: newSecret,
    })
    expect(exitCode).toBe(1)
    expect(stderr).toContain(sentence)
    expect(await read()).toEqual(before)
  })

  it("of replace keeps the client secret if none is given, to correct or add the date alone", async () => {
    put({ ...stored, client_secret_expires: "canary" })
    const { exitCode } = await operate("replace", ["--expires", day(40), ...unattended])
    expect(exitCode).toBe(0)
    expect((await read()).value).toEqual({ ...stored, client_secret_expires: day(40) })
  })

  it("of create is refused for a secret that has another date", async () => {
    put(dated)
    const options = ["--app-token-secret-id", "superoffice/app-token", "--expires", day(365), "--yes"]
    const { exitCode, stderr } = await operate("create", options)
    expect(exitCode).toBe(1)
    expect(stderr).toContain(`The secret "${secretId}" already exists in eu-west-1.`)
  })
})

describe("the date of a client secret", () => {
  it("goes with it when replace stores a new one without a date, and replace says so before", async () => {
    put(dated)
    const { stdout } = await operate("replace", unattended, { input: newSecret })
    expect(stdout).toContain(
      "  expiry date: removed, because the new client secret has another; --expires YYYY-MM-DD stores it\n",
    )
    expect((await read()).value).toEqual({ ...stored, client_secret: newSecret })
  })

  it("stays with it when only the client id is replaced", async () => {
    put(dated)
    const { stdout } = await operate("replace", ["--client-id", "f".repeat(31) + "0", ...unattended])
    expect(stdout).toContain("stores it; kept if the client secret is\n")
    expect((await read()).value).toEqual({ ...dated, client_id: "f".repeat(31) + "0" })
  })

  it("is kept by the commands for sealing keys", async () => {
    put(dated)
    for (const command of ["rotate-sealing-key", "retire-sealing-key"]) {
      expect((await operate(command, ["--yes"])).exitCode).toBe(0)
      expect((await read()).value).toMatchObject({
        client_secret: oldSecret,
        client_secret_expires: day(10),
      })
    }
  })

  it.each([
    [day(365), `its client secret expires on ${day(365)}, in 365 days`, undefined],
    [day(30), `its client secret expires on ${day(30)}, in 30 days`, `Next: ${replaceIt}`],
    [day(0), `its client secret expires on ${day(0)}, today`, `Next: ${replaceIt}`],
    [day(-1), `its client secret expired on ${day(-1)}, 1 day ago`, `Next: ${replaceIt}`],
    [
      "canary",
      '"client_secret_expires" of the secret is not a date of the form YYYY-MM-DD',
      `Next, with return at its question, which keeps the client secret:\n  ${replaceIt}`,
    ],
  ])("is shown by status, which succeeds whatever it is: %s", async (expires, finding, next) => {
    put({ ...stored, client_secret_expires: expires })
    const { exitCode, stdout } = await operate("status")
    expect(exitCode).toBe(0)
    const said = [finding, ...(next === undefined ? [] : [next])].map((line) => `  ${line}\n`).join("")
    expect(stdout).toContain(`  2 sealing keys: second (seals), first\n${said}`)
    expect(stdout.includes("Next")).toBe(next !== undefined)
  })
})
