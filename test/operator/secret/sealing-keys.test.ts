import { describe, expect, it } from "vitest"
import { parseClientSecret } from "../../../lib/credentials/client-secret.ts"
import { randomSealingKey } from "../../../local/stack.ts"
import { first, operate, put, read, second, secretId, stored } from "./local-secret.ts"

const rotate = `npm run secret -- rotate-sealing-key --secret-id ${secretId}`

describe("the sealing keys", () => {
  it("rotate: a new key is put first, and the old ones still open", async () => {
    put(stored)
    const { exitCode, stdout } = await operate("rotate-sealing-key", ["--yes"])
    const { value } = await read()
    const [made, ...others] = value.sealing_keys
    expect(exitCode).toBe(0)
    expect(others).toEqual(stored.sealing_keys)
    expect(value).toEqual({ ...stored, sealing_keys: [made, ...others] })
    expect(parseClientSecret(JSON.stringify(value), "v1", true).sealingKeys).toHaveLength(3)
    expect(stdout).toContain(`sealing key: ${made?.kid ?? ""}, made now, seals from now on`)
    expect(stdout).toContain("sealing key: second still opens")
    expect(stdout).toContain("Nobody is signed out.")
  })

  it("rotate --end-sessions: the new key is the only one, in one step", async () => {
    put(stored)
    const { exitCode, stdout } = await operate("rotate-sealing-key", ["--end-sessions", "--yes"])
    const { sealing_keys: keys } = (await read()).value
    expect([exitCode, keys.length]).toEqual([0, 1])
    expect(["first", "second"]).not.toContain(keys[0]?.kid)
    expect(stdout).toContain("Everybody who is signed in at a page has to sign in again (session_expired).")
  })

  it("rotate gives a secret without any its first", async () => {
    const { client_id, client_secret } = stored
    put({ client_id, client_secret })
    const { exitCode, stdout } = await operate("rotate-sealing-key", ["--yes"])
    expect([exitCode, stdout.split("\n").at(-2)]).toEqual([
      0,
      "Pages can sign in when the functions have read the new version: after SECRET_MAX_AGE_SECONDS (default 300).",
    ])
    expect((await read()).value.sealing_keys).toHaveLength(1)
  })

  it("of the console's key/value form, which are text, become a list with the next change of the keys", async () => {
    const asText = { ...stored, sealing_keys: JSON.stringify(stored.sealing_keys) }
    put(asText)
    expect((await operate("rotate-sealing-key", ["--yes"])).exitCode).toBe(0)
    expect((await read()).value.sealing_keys.slice(1)).toEqual(stored.sealing_keys)
    put(asText)
    expect((await operate("retire-sealing-key", ["--yes"])).exitCode).toBe(0)
    expect((await read()).value.sealing_keys).toEqual([second])
  })

  it("are replaced all at once when they are no list that a key could be added to", async () => {
    put({ ...stored, sealing_keys: "canary" })
    const { exitCode, stderr } = await operate("rotate-sealing-key", ["--yes"])
    expect([exitCode, stderr]).toEqual([
      1,
      '"sealing_keys" in the secret is not a list of keys with an id each, so no key can be added or removed. ' +
        `To replace all of it: ${rotate} --end-sessions\n`,
    ])
    expect((await operate("rotate-sealing-key", ["--end-sessions", "--yes"])).exitCode).toBe(0)
    expect((await read()).value.sealing_keys).toHaveLength(1)
  })

  it("retire removes the oldest, and says who is signed out by that", async () => {
    put(stored)
    const { exitCode, stdout } = await operate("retire-sealing-key", ["--yes"])
    expect(exitCode).toBe(0)
    expect((await read()).value).toEqual({ ...stored, sealing_keys: [second] })
    expect(stdout).toContain("sealing key: first is removed")
    expect(stdout).toContain("pages that have not refreshed since second began to seal")
  })

  it("retire removes the one that is named", async () => {
    const third = randomSealingKey("third")
    put({ ...stored, sealing_keys: [third, second, first] })
    expect((await operate("retire-sealing-key", ["--kid", "second", "--yes"])).exitCode).toBe(0)
    expect((await read()).value.sealing_keys).toEqual([third, first])
  })

  it.each([
    ["the only one", [first], [], `first is the key that seals, so it cannot be removed. Before: ${rotate}`],
    [
      "the one that seals",
      [second, first],
      ["--kid", "second"],
      `second is the key that seals, so it cannot be removed. Before: ${rotate}`,
    ],
    [
      "one that is not there",
      [second, first],
      ["--kid", "third"],
      `There is no sealing key with that id. To list the ids: npm run secret -- status --secret-id ${secretId}`,
    ],
    ["one of none", [], [], `There is no sealing key in the secret. To make one: ${rotate}`],
  ])("retire does not remove %s", async (_what, sealing_keys, options, sentence) => {
    put({ ...stored, sealing_keys })
    const before = await read()
    const { exitCode, stderr } = await operate("retire-sealing-key", [...options, "--yes"])
    expect([exitCode, stderr]).toEqual([1, `${sentence}\n`])
    expect(await read()).toEqual(before)
  })
})
