import { describe, expect, it } from "vitest"
import { parseClientSecret } from "../../../lib/credentials/client-secret.ts"
import { secret } from "../../../operator/secret/program.ts"
import { startCommand } from "../../support/command.ts"
import { startProgram } from "../../support/program.ts"
import { startInFront } from "./in-front.ts"
import * as local from "./local-secret.ts"
import { done, failed, prepareSecrets, put, read } from "./local-secret.ts"
import { first, newSecret, oldSecret, secretId, stored } from "./stored-secret.ts"

prepareSecrets()

const unattended = ["--stdin", "--yes"]

/** What the functions make of the sealing keys. */
async function sealingKeys() {
  return parseClientSecret(JSON.stringify((await read()).value), "v1", true).sealingKeys
}

describe("create", () => {
  const options = ["--client-id", stored.client_id, ...unattended]

  it("makes a secret that the functions can use, with a sealing key of its own", async () => {
    await done("create", options, { input: `${newSecret}\n` })
    const { value } = await read()
    const { client_id } = stored
    expect(value).toEqual({ client_id, client_secret: newSecret, sealing_keys: [expect.anything()] })
    expect(value.sealing_keys[0]?.kid).toMatch(/^\d{4}-\d\d-\d\d-[0-9a-f]{4}$/)
    expect((await sealingKeys())[0]?.key.symmetricKeySize).toBe(32)
  })

  it("writes the first value beside a version with the label AWSPENDING alone, as a failed rotation leaves it", async () => {
    await local.client.createSecret({ Name: secretId })
    const onlyPending = { adds: { VersionIdsToStages: { "a-version": ["AWSPENDING"] } } }
    let described = 0
    const endpoint = await startInFront(({ operation }) =>
      operation === "DescribeSecret" && ++described <= 2 ? onlyPending : undefined,
    )
    expect(await done("create", options, { input: newSecret, endpoint })).toContain(
      ", which has no value yet:",
    )
    expect((await read()).value.client_secret).toBe(newSecret)
    expect(Object.values(await local.stagesByVersion())).toEqual([["AWSCURRENT"]])
  })

  it("does not replace the first value of somebody else, who was faster", async () => {
    await local.client.createSecret({ Name: secretId })
    const endpoint = await startInFront(({ operation }) => {
      if (operation === "PutSecretValue") put({ ...stored, client_secret: "canary-of-somebody-else" })
      return undefined
    })
    const { exitCode, stderr } = await local.operate("create", options, { input: newSecret, endpoint })
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("was changed by somebody else")])
    expect((await read()).value.client_secret).toBe("canary-of-somebody-else")
    expect(Object.values(await local.stagesByVersion())).toEqual([["AWSCURRENT"]])
  })

  it("leaves a secret that is there as it is", async () => {
    put(stored)
    const said = await failed("create", options, { input: newSecret })
    expect(said).toMatch(/ already exists in .*: npm run secret -- replace --secret-id superoffice\/sod\n$/)
  })

  const noWord = "A client id is one word of visible ASCII characters"
  const isPlaceholder = "The client secret is a placeholder"
  it.each([
    ["no client id", unattended, newSecret, "pass --client-id."],
    ["a client id with a space", ["--client-id", `${stored.client_id} `, ...unattended], newSecret, noWord],
    ["the client id of the documentation", ["--client-id", "db18…ef19845", ...unattended], newSecret, noWord],
    ["a placeholder for the client secret", options, "YOUR_CLIENT_SECRET", isPlaceholder],
  ])("refuses %s, and makes nothing", async (_what, given, input, sentence) => {
    expect(await failed("create", given, { input })).toContain(sentence)
    await expect(local.keyOf(secretId)).rejects.toThrow("can't find the specified secret")
  })
})

describe("replace", () => {
  it("changes the client secret and nothing else, and keeps the old version as the previous one", async () => {
    put(stored)
    const before = String((await read()).id)
    await done("replace", unattended, { input: newSecret })
    const { id = "", value } = await read()
    expect(value).toEqual({ ...stored, client_secret: newSecret })
    expect(await local.stagesByVersion()).toEqual({ [id]: ["AWSCURRENT"], [before]: ["AWSPREVIOUS"] })
  })

  it("completes a secret that lacks its client secret", async () => {
    put({ client_id: stored.client_id })
    await done("replace", unattended, { input: newSecret })
    expect((await read()).value).toEqual({ client_id: stored.client_id, client_secret: newSecret })
  })

  it.each([
    ["a line end behind its client secret", { client_secret: `${oldSecret}\n` }],
    ["sealing keys of the console's key/value form", { sealing_keys: JSON.stringify([first]) }],
  ])("corrects a secret with %s", async (_what, changes) => {
    put({ ...stored, ...changes })
    await done("replace", unattended, { input: newSecret })
    expect((await read()).value).toEqual({ ...stored, ...changes, client_secret: newSecret })
    expect((await sealingKeys()).length).toBeGreaterThan(0)
  })

  it("needs the client id too when that one is bad, and then keeps the client secret if none is given", async () => {
    put({ ...stored, client_id: `${stored.client_id} ` })
    const said = await failed("replace", unattended, { input: newSecret })
    expect(said).toMatch(/its "client_id" begins or ends .*secret -- replace .* --client-id ID\n/)
    await done("replace", ["--client-id", stored.client_id, ...unattended])
    expect((await read()).value).toEqual(stored)
  })

  it("says what is still wrong when the sealing keys cannot be used either", async () => {
    put({ ...stored, client_secret: "canary old", sealing_keys: [{ kid: "first", key: "canary" }] })
    const stdout = await done("replace", unattended, { input: newSecret })
    expect(stdout).toMatch(/still cannot use the secret: .*\nNext: .* rotate-sealing-key .* --end-sessions\n/)
    await done("rotate-sealing-key", ["--end-sessions", "--yes"])
    expect(await sealingKeys()).toHaveLength(1)
  })

  it.each([
    ["an empty line", " \n", "No client secret was given: nothing was changed."],
    ["several lines", "canary-one\ncanary-two\n", "A client secret is one word of visible ASCII characters"],
    ["the same again", oldSecret, "The secret already contains this client secret: nothing was changed."],
  ])("refuses %s", async (_what, input, sentence) => {
    put(stored)
    expect(await failed("replace", unattended, { input })).toContain(sentence)
  })

  it("counts as done when the move of AWSCURRENT was done and its answer got lost", async () => {
    put(stored)
    let moves = 0
    const endpoint = await startInFront(({ operation }) =>
      operation === "UpdateSecretVersionStage" && ++moves === 1 ? "loses the answer" : undefined,
    )
    await done("replace", unattended, { input: newSecret, endpoint })
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it("changes nothing when somebody else has changed the secret meanwhile, and says so", async () => {
    put(stored)
    const command = startProgram(secret, local.argsFor("replace", unattended), { env: local.envAt() })
    await command.said("client secret: replaced")
    put({ ...stored, client_secret: "canary-of-somebody-else" })
    const theirs = await read()
    command.type(newSecret)
    const { exitCode, stderr } = await local.end(command)
    expect(stderr).toContain("was changed by somebody else while this command ran: nothing was changed")
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
