import { describe, expect, it } from "vitest"
import { parseClientSecret } from "../../../lib/credentials/client-secret.ts"
import { startCommand } from "../../support/command.ts"
import {
  argsFor,
  client,
  end,
  env,
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
      stderr: `The secret "${secretId}" already exists in eu-west-1: use replace.\n`,
    })
    expect(await read()).toEqual(before)
  })

  it("needs a client id", async () => {
    const { exitCode, stderr } = await operate("create", ["--stdin", "--yes"], { input: newSecret })
    expect([exitCode, stderr]).toEqual([1, "create needs the application's client id: pass --client-id.\n"])
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
    ["nothing", "", "No client secret was given: nothing was changed."],
    ["an empty line", " \n", "No client secret was given: nothing was changed."],
    [
      "several lines",
      "canary-one\ncanary-two\n",
      "A client secret is one word of printable ASCII characters: nothing was changed.",
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
    const command = startCommand("secret", argsFor("replace", ["--stdin", "--yes"]), { env })
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
    const command = startCommand("secret", argsFor("replace", ["--stdin", "--yes"]), { env })
    await command.said("client secret: replaced")
    command.closeStdout()
    command.type(newSecret)
    const { exitCode, stderr } = await end(command)
    expect([exitCode, stderr]).toEqual([1, "The output could not be written completely (EPIPE).\n"])
    expect((await read()).value.client_secret).toBe(newSecret)
  })
})
