import { describe, expect, it } from "vitest"
import { parseClientSecret } from "../../../lib/credentials/client-secret.ts"
import { startCommand } from "../../support/command.ts"
import {
  argsFor,
  client,
  end,
  envAt,
  first,
  newSecret,
  oldSecret,
  operate,
  put,
  read,
  secretId,
  stagesByVersion,
  stored,
} from "./local-secret.ts"

describe("create", () => {
  const options = ["--client-id", stored.client_id, "--stdin", "--yes"]

  it("makes a secret that the functions can use, with a sealing key of its own", async () => {
    const { exitCode, stdout } = await operate("create", options, { input: `${newSecret}\n` })
    const { id, value } = await read()
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Done: ${String(id)} is the current version.`)
    expect(value).toEqual({
      client_id: stored.client_id,
      client_secret: newSecret,
      sealing_keys: [
        {
          kid: expect.stringMatching(/^\d{4}-\d\d-\d\d-[0-9a-f]{4}$/) as string,
          key: expect.any(String) as string,
        },
      ],
    })
    const { sealingKeys, clientSecret } = parseClientSecret(JSON.stringify(value), "v1", true)
    expect(sealingKeys[0]?.key.symmetricKeySize).toBe(32)
    expect(clientSecret.reveal()).toBe(newSecret)
  })

  it("writes the first value of a secret that a stack has made without one", async () => {
    await client.createSecret({ Name: secretId })
    const { exitCode, stdout } = await operate("create", options, { input: newSecret })
    const { id, value } = await read()
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Secret ${secretId} in eu-west-1, which has no value yet:`)
    expect(stdout).toContain(`Done: ${String(id)} is the current version.`)
    expect(value).toMatchObject({ client_id: stored.client_id, client_secret: newSecret })
  })

  it("leaves a secret that is there as it is", async () => {
    put(stored)
    const before = await read()
    expect(await operate("create", options, { input: newSecret })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr:
        `The secret "${secretId}" already exists in eu-west-1. To replace its client secret: ` +
        `npm run secret -- replace --secret-id ${secretId}\n`,
    })
    expect(await read()).toEqual(before)
  })

  it.each([
    [
      "no client id",
      ["--stdin", "--yes"],
      newSecret,
      "create needs the application's client id: pass --client-id.",
    ],
    [
      "a client id with a space",
      ["--client-id", `${stored.client_id} `, "--stdin", "--yes"],
      newSecret,
      "A client id is one word of visible ASCII characters, without spaces: nothing was changed.",
    ],
    [
      "the client id of the documentation",
      ["--client-id", "db18…ef19845", "--stdin", "--yes"],
      newSecret,
      "A client id is one word of visible ASCII characters, without spaces: nothing was changed.",
    ],
    [
      "a placeholder for the client secret",
      options,
      "YOUR_CLIENT_SECRET",
      "The client secret is a placeholder, as documentation has them: copy the real one from SuperOffice's developer portal. Nothing was changed.",
    ],
  ])("refuses %s, and makes nothing", async (_what, given, input, sentence) => {
    const { exitCode, stderr } = await operate("create", given, { input })
    expect([exitCode, stderr]).toEqual([1, `${sentence}\n`])
    await expect(client.describeSecret({ SecretId: secretId })).rejects.toThrow(
      "can't find the specified secret",
    )
  })
})

describe("replace", () => {
  it("changes the client secret and nothing else, and keeps the old version as the previous one", async () => {
    put(stored)
    const before = await read()
    const { exitCode, stdout } = await operate("replace", ["--stdin", "--yes"], { input: newSecret })
    const { id, value } = await read()
    expect(exitCode).toBe(0)
    expect(value).toEqual({ ...stored, client_secret: newSecret })
    expect(stdout).toContain(`Done: ${String(id)} is the current version in place of ${String(before.id)}.`)
    expect(await stagesByVersion()).toEqual({
      [String(id)]: ["AWSCURRENT"],
      [String(before.id)]: ["AWSPREVIOUS"],
    })
  })

  it("completes a secret that lacks its client secret", async () => {
    put({ client_id: stored.client_id })
    expect((await operate("replace", ["--stdin", "--yes"], { input: newSecret })).exitCode).toBe(0)
    expect((await read()).value).toEqual({ client_id: stored.client_id, client_secret: newSecret })
  })

  it.each([
    ["a line end behind its client secret", { client_secret: `${oldSecret}\n` }],
    [
      "text for its sealing keys, as the console's key/value form stores them",
      { sealing_keys: JSON.stringify([first]) },
    ],
  ])("corrects a secret with %s", async (_what, changes) => {
    put({ ...stored, ...changes })
    expect((await operate("replace", ["--stdin", "--yes"], { input: newSecret })).exitCode).toBe(0)
    const { value } = await read()
    expect(value).toEqual({ ...stored, ...changes, client_secret: newSecret })
    expect(parseClientSecret(JSON.stringify(value), "v1", true).sealingKeys.length).toBeGreaterThan(0)
  })

  it("needs the client id too when that one is bad, and then keeps the client secret if none is given", async () => {
    put({ ...stored, client_id: `${stored.client_id} ` })
    const before = await read()
    const { exitCode, stderr } = await operate("replace", ["--stdin", "--yes"], { input: newSecret })
    expect([exitCode, stderr]).toEqual([
      1,
      'Nothing was changed, because a secret in Secrets Manager cannot be used: its "client_id" begins or ends with white ' +
        `space or an invisible character. To correct that: npm run secret -- replace --secret-id ${secretId} --client-id ID\n`,
    ])
    expect(await read()).toEqual(before)
    expect((await operate("replace", ["--client-id", stored.client_id, "--stdin", "--yes"])).exitCode).toBe(0)
    expect((await read()).value).toEqual(stored)
  })

  it("says what is still wrong when the sealing keys cannot be used either", async () => {
    put({ ...stored, client_secret: "canary old", sealing_keys: [{ kid: "first", key: "canary" }] })
    const { exitCode, stdout } = await operate("replace", ["--stdin", "--yes"], { input: newSecret })
    expect(exitCode).toBe(0)
    expect(stdout).toContain(
      "The functions still cannot use the secret: a secret in Secrets Manager cannot be used: one of its " +
        `"sealing_keys" is not 32 bytes in base64url.\nNext: npm run secret -- rotate-sealing-key --secret-id ${secretId} --end-sessions\n`,
    )
    expect((await operate("rotate-sealing-key", ["--end-sessions", "--yes"])).exitCode).toBe(0)
    const { sealingKeys } = parseClientSecret(JSON.stringify((await read()).value), "v1", true)
    expect(sealingKeys).toHaveLength(1)
  })

  it.each([
    ["nothing", "", "No client secret was given: nothing was changed."],
    ["an empty line", " \n", "No client secret was given: nothing was changed."],
    [
      "several lines",
      "canary-one\ncanary-two\n",
      "A client secret is one word of visible ASCII characters, without spaces: nothing was changed.",
    ],
    ["the same again", oldSecret, "The secret already contains this client secret: nothing was changed."],
  ])("refuses %s", async (_what, input, sentence) => {
    put(stored)
    const before = await read()
    const { exitCode, stderr } = await operate("replace", ["--stdin", "--yes"], { input })
    expect([exitCode, stderr]).toEqual([1, `${sentence}\n`])
    expect(await read()).toEqual(before)
  })

  it("changes nothing when somebody else has changed the secret meanwhile, and says so", async () => {
    put(stored)
    const command = startCommand("secret", argsFor("replace", ["--stdin", "--yes"]), { env: envAt() })
    await command.said("client secret: replaced")
    put({ ...stored, client_secret: "canary-of-somebody-else" })
    const theirs = await read()
    command.type(newSecret)
    const { exitCode, stderr } = await end(command)
    expect(exitCode).toBe(1)
    expect(stderr).toBe(
      `"${secretId}" was changed by somebody else while this command ran: nothing was changed here. ` +
        "Check its status and start again.\n",
    )
    expect(await read()).toEqual(theirs)
    expect(Object.values(await stagesByVersion())).toEqual([["AWSPREVIOUS"], ["AWSCURRENT"]])
  })

  it("is finished although nobody reads its output any more", async () => {
    put(stored)
    const command = startCommand("secret", argsFor("replace", ["--stdin", "--yes"]), { env: envAt() })
    await command.said("client secret: replaced")
    command.closeStdout()
    command.type(newSecret)
    const { exitCode, stderr } = await end(command)
    expect([exitCode, stderr]).toEqual([1, "The output could not be written completely (EPIPE).\n"])
    expect((await read()).value.client_secret).toBe(newSecret)
  })
})
