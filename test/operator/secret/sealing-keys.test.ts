import { describe, expect, it } from "vitest"
import { parseClientSecret } from "../../../lib/credentials/client-secret.ts"
import { randomSealingKey } from "../../../local/stack.ts"
import { done, failed, prepareSecrets, put, read } from "./local-secret.ts"
import { first, second, secretId, stored } from "./stored-secret.ts"

prepareSecrets()

const rotate = `npm run secret -- rotate-sealing-key --secret-id ${secretId}`

async function sealingKeys() {
  return (await read()).value.sealing_keys
}

describe("rotate-sealing-key", () => {
  it("puts a new key first, and the old ones still open", async () => {
    put(stored)
    const stdout = await done("rotate-sealing-key", ["--yes"])
    const { value } = await read()
    const [made, ...others] = value.sealing_keys
    expect(value).toEqual({ ...stored, sealing_keys: [made, ...others] })
    expect(others).toEqual(stored.sealing_keys)
    expect(parseClientSecret(JSON.stringify(value), "v1", true).sealingKeys).toHaveLength(3)
    expect(stdout).toMatch(/made now, seals from now on\n[^]*second still opens[^]*Nobody is signed out\./)
  })

  it("with --end-sessions makes the new key the only one, in one step", async () => {
    put(stored)
    const stdout = await done("rotate-sealing-key", ["--end-sessions", "--yes"])
    const [made, ...others] = await sealingKeys()
    expect(others).toEqual([])
    expect(["first", "second"]).not.toContain(made?.kid)
    expect(stdout).toContain("Everybody who is signed in at a page has to sign in again (session_expired).")
  })

  it("gives a secret without any its first", async () => {
    const { client_id, client_secret } = stored
    put({ client_id, client_secret })
    expect(await done("rotate-sealing-key", ["--yes"])).toContain("\nPages can sign in when ")
    expect(await sealingKeys()).toHaveLength(1)
  })

  it.each([
    ["rotate-sealing-key", [second, first]],
    ["retire-sealing-key", [second]],
  ])("and retire make a list of those of the console's key/value form: %s", async (command, kept) => {
    put({ ...stored, sealing_keys: JSON.stringify(stored.sealing_keys) })
    await done(command, ["--yes"])
    expect((await sealingKeys()).slice(-kept.length)).toEqual(kept)
  })

  it("replaces all at once when they are no list that a key could be added to", async () => {
    put({ ...stored, sealing_keys: "canary" })
    const said = await failed("rotate-sealing-key", ["--yes"])
    expect(said).toContain(`To replace all of it: ${rotate} --end-sessions\n`)
    await done("rotate-sealing-key", ["--end-sessions", "--yes"])
    expect(await sealingKeys()).toHaveLength(1)
  })
})

describe("retire-sealing-key", () => {
  it("removes the oldest, and says who is signed out by that", async () => {
    put(stored)
    const stdout = await done("retire-sealing-key", ["--yes"])
    expect(stdout).toContain("sealing key: first is removed")
    expect(stdout).toContain("pages that have not refreshed since second began to seal")
    expect((await read()).value).toEqual({ ...stored, sealing_keys: [second] })
  })

  it("removes the one that is named", async () => {
    const third = randomSealingKey("third")
    put({ ...stored, sealing_keys: [third, second, first] })
    await done("retire-sealing-key", ["--kid", "second", "--yes"])
    expect(await sealingKeys()).toEqual([third, first])
  })

  const isSealing = `is the key that seals, so it cannot be removed. Before: ${rotate}`
  it.each([
    ["the only one", [first], [], `first ${isSealing}`],
    ["the one that seals", [second, first], ["--kid", "second"], `second ${isSealing}`],
    ["one that is not there", [second, first], ["--kid", "third"], "npm run secret -- status"],
    ["one of none", [], [], `There is no sealing key in the secret. To make one: ${rotate}`],
  ])("does not remove %s", async (_what, sealing_keys, options, sentence) => {
    put({ ...stored, sealing_keys })
    expect(await failed("retire-sealing-key", [...options, "--yes"])).toContain(sentence)
  })
})
