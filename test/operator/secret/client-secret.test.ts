import { describe, expect, it } from "vitest"
import { parseClientSecret } from "../../../lib/credentials/client-secret.ts"
import { secret } from "../../../operator/secret/program.ts"
import { startCommand } from "../../support/command.ts"
import { startProgram } from "../../support/program.ts"
import * as local from "./local-secret.ts"
import {
  done,
  failed,
  newSecret,
  oldSecret,
  prepareSecrets,
  put,
  read,
  secretId,
  stored,
} from "./local-secret.ts"

prepareSecrets()

const unattended = ["--stdin", "--yes"]

/** What the functions make of the sealing keys. */
async function sealingKeys() {
  return parseClientSecret(JSON.stringify((await read()).value), "v1", true).sealingKeys
}

describe("create", () => {
  const options = ["--client-id", stored.client_id, ...unattended]

  it("makes a secret that the functions can use, with a sealing key of its own", async () => {
    const stdout = await done("create", options, { input: `${newSecret}\n` })
    const { id, value } = await read()
    expect(stdout).toContain(`Done: ${String(id)} is the current version.`)
    const { client_id } = stored
    expect(value).toEqual({ client_id, client_secret: newSecret, sealing_keys: [expect.anything()] })
    expect(value.sealing_keys[0]?.kid).toMatch(/^\d{4}-\d\d-\d\d-[0-9a-f]{4}$/)
    expect((await sealingKeys())[0]?.key.symmetricKeySize).toBe(32)
  })

  it("writes the first value of a secret that a stack has made without one", async () => {
    await local.client.createSecret({ Name: secretId })
    expect(await done("create", options, { input: newSecret })).toContain(", which has no value yet:")
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it("leaves a secret that is there as it is", async () => {
    put(stored)
    expect(await failed("create", options, { input: newSecret })).toBe(
      `The secret "${secretId}" already exists in eu-west-1. To replace its client secret: ` +
        `npm run secret -- replace --secret-id ${secretId}\n`,
    )
  })

  const noWord = "A client id is one word of visible ASCII characters, without spaces: nothing was changed."
  it.each([
    ["no client id", unattended, newSecret, "create needs the application's client id: pass --client-id."],
    ["a client id with a space", ["--client-id", `${stored.client_id} `, ...unattended], newSecret, noWord],
    ["the client id of the documentation", ["--client-id", "db18…ef19845", ...unattended], newSecret, noWord],
    [
      "a placeholder for the client secret",
      options,
      "YOUR_CLIENT_SECRET",
      "The client secret is a placeholder",
    ],
  ])("refuses %s, and makes nothing", async (_what, given, input, sentence) => {
    expect(await failed("create", given, { input })).toContain(sentence)
    await expect(local.keyOf(secretId)).rejects.toThrow("can't find the specified secret")
  })
})

describe("replace", () => {
  it("changes the client secret and nothing else, and keeps the old version as the previous one", async () => {
    put(stored)
    const before = String((await read()).id)
    const stdout = await done("replace", unattended, { input: newSecret })
    const { id = "", value } = await read()
    expect(value).toEqual({ ...stored, client_secret: newSecret })
    expect(stdout).toContain(`Done: ${id} is the current version in place of ${before}.`)
    expect(await local.stagesByVersion()).toEqual({ [id]: ["AWSCURRENT"], [before]: ["AWSPREVIOUS"] })
  })

  it("completes a secret that lacks its client secret", async () => {
    put({ client_id: stored.client_id })
    await done("replace", unattended, { input: newSecret })
    expect((await read()).value).toEqual({ client_id: stored.client_id, client_secret: newSecret })
  })

  it.each([
    ["a line end behind its client secret", { client_secret: `${oldSecret}\n` }],
    ["sealing keys of the console's key/value form", { sealing_keys: JSON.stringify([local.first]) }],
  ])("corrects a secret with %s", async (_what, changes) => {
    put({ ...stored, ...changes })
    await done("replace", unattended, { input: newSecret })
    expect((await read()).value).toEqual({ ...stored, ...changes, client_secret: newSecret })
    expect((await sealingKeys()).length).toBeGreaterThan(0)
  })

  it("needs the client id too when that one is bad, and then keeps the client secret if none is given", async () => {
    put({ ...stored, client_id: `${stored.client_id} ` })
    const said = await failed("replace", unattended, { input: newSecret })
    expect(said).toContain('its "client_id" begins or ends with white space')
    expect(said).toContain(`npm run secret -- replace --secret-id ${secretId} --client-id ID\n`)
    await done("replace", ["--client-id", stored.client_id, ...unattended])
    expect((await read()).value).toEqual(stored)
  })

  it("says what is still wrong when the sealing keys cannot be used either", async () => {
    put({ ...stored, client_secret: "canary old", sealing_keys: [{ kid: "first", key: "canary" }] })
    const stdout = await done("replace", unattended, { input: newSecret })
    const next = `npm run secret -- rotate-sealing-key --secret-id ${secretId} --end-sessions`
    expect(stdout).toMatch(new RegExp(`\nThe functions still cannot use the secret: .*\nNext: ${next}\n`))
    await done("rotate-sealing-key", ["--end-sessions", "--yes"])
    expect(await sealingKeys()).toHaveLength(1)
  })

  it.each([
    ["nothing", "", "No client secret was given: nothing was changed."],
    ["an empty line", " \n", "No client secret was given: nothing was changed."],
    ["several lines", "canary-one\ncanary-two\n", "A client secret is one word of visible ASCII characters"],
    ["the same again", oldSecret, "The secret already contains this client secret: nothing was changed."],
  ])("refuses %s", async (_what, input, sentence) => {
    put(stored)
    expect(await failed("replace", unattended, { input })).toContain(sentence)
  })

  it("changes nothing when somebody else has changed the secret meanwhile, and says so", async () => {
    put(stored)
    const command = startProgram(secret, local.argsFor("replace", unattended), { env: local.envAt() })
    await command.said("client secret: replaced")
    put({ ...stored, client_secret: "canary-of-somebody-else" })
    const theirs = await read()
    command.type(newSecret)
    const { exitCode, stderr } = await local.end(command)
    expect(stderr).toMatch(/was changed by somebody else while this command ran: nothing was changed here\. /)
    expect([exitCode, await read()]).toEqual([1, theirs])
    expect(Object.values(await local.stagesByVersion())).toEqual([["AWSPREVIOUS"], ["AWSCURRENT"]])
  })

  it("is finished although nobody reads its output any more", async () => {
    put(stored)
    const command = startCommand("secret", local.argsFor("replace", unattended), { env: local.envAt() })
    await command.said("client secret: replaced")
    command.closeStdout()
    command.type(newSecret)
    const { exitCode, stderr } = await local.end(command)
    expect([exitCode, stderr]).toEqual([1, "The output could not be written completely (EPIPE).\n"])
    expect((await read()).value.client_secret).toBe(newSecret)
  })
})
