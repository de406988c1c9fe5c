import { describe, expect, it } from "vitest"
import { aws, done, failed, prepareSecrets, put, textOf } from "./local-secret.ts"
import {
  changed,
  hoursAgo,
  keysId,
  option,
  putKeys,
  readKeys,
  readKids,
  refused,
  stored,
} from "./signing-keys.ts"
import { startDescribing } from "./in-front.ts"
import { kmsKeyArn, stored as mainSecret } from "./stored-secret.ts"

prepareSecrets()

const retire = `npm run secret -- retire-signing-key ${option}`
const add = `npm run secret -- add-signing-key ${option}`

describe("retire-signing-key", () => {
  it("removes the key that stopped first, and never a reserve by itself (C83)", async () => {
    const [b, c] = [stored.b({ stopped_at: hoursAgo(4) }), stored.c({ stopped_at: hoursAgo(9) })]
    putKeys(stored.a(), b, c)
    const stdout = await changed("retire-signing-key")
    expect(await readKids()).toEqual(["a", "b"])
    expect(stdout).toContain("signing key: c is removed\n")
    expect(stdout).toContain("Nobody notices, because every token that it signed has expired.\n")
    expect(stdout).toContain(`There is no signing key in reserve. Next: ${add}\n`)
    putKeys(stored.a(), stored.b(), stored.c())
    const said =
      "No signing key has stopped signing, so none can be retired. Before: npm run secret -- use-signing-key"
    expect(await refused("retire-signing-key")).toContain(said)
  })

  it("removes a reserve that is named, because it has never signed", async () => {
    putKeys(stored.a(), stored.b({ published_at: hoursAgo(0) }), stored.c())
    const stdout = await changed("retire-signing-key", "--kid", "b")
    expect([await readKids(), stdout]).toEqual([
      ["a", "c"],
      expect.stringContaining("it has never signed.\n"),
    ])
    expect(stdout).not.toContain("Next: ")
  })

  it("refuses a key whose tokens may be in use, unless told to hurry (C83)", async () => {
    putKeys(stored.b(), stored.a({ stopped_at: hoursAgo(1.9) }), stored.c())
    const said = await refused("retire-signing-key")
    expect(said).toMatch(
      /^a stopped signing at .* on, an hour plus API_TOKEN_SECONDS \(at most 3600\) later\. /,
    )
    expect(said).toContain(`Not to wait: ${retire} --kid a --now\n`)
    const stdout = await changed("retire-signing-key", "--kid", "a", "--now")
    expect(stdout).toContain("refuse tokens of the removed key that have not expired.\n")
    expect(await readKids()).toEqual(["b", "c"])
  })

  it("takes the time of the version for a key that does not say when it stopped", async () => {
    putKeys(stored.b(), stored.a({ stopped_at: "yesterday" }))
    expect(await refused("retire-signing-key")).toContain("a stopped signing at ")
  })

  it.each([
    [
      "the one that signs",
      ["--kid", "a"],
      "a is the key that signs, so it cannot be retired. Before: npm run",
    ],
    ["the one that signs, in a hurry", ["--kid", "a", "--now"], `If it leaked: ${retire} --leaked\n`],
    ["one that is not there", ["--kid", "z"], "There is no signing key with that id."],
  ])("does not remove %s", async (_what, options, said) => {
    putKeys(stored.a(), stored.b())
    expect(await refused("retire-signing-key", ...options)).toContain(said)
  })
})

describe("retire-signing-key --leaked", () => {
  it("removes the key that signs at once, the reserve signs, and a new one is due (C83)", async () => {
    putKeys(stored.a(), stored.b())
    const stdout = await changed("retire-signing-key", "--leaked")
    expect(await readKids()).toEqual(["b"])
    expect(stdout).toMatch(
      /signing key: a is removed\n {2}signing key: b signs\n {2}Verifiers accept tokens of the removed key,/,
    )
    expect(stdout).toContain("API Gateway for up to 3 hours.")
    expect(stdout).toContain(`There is no signing key in reserve. Next: ${add}\n`)
    expect(stdout).not.toContain("do not know b yet")
  })

  it("signs with a key that verifiers know, also with one that had stopped", async () => {
    putKeys(stored.b(), stored.a({ stopped_at: hoursAgo(1) }), stored.c({ published_at: hoursAgo(0) }))
    await changed("retire-signing-key", "--leaked")
    const [signing, reserve] = await readKeys()
    expect([signing?.kid, signing?.stopped_at, reserve?.kid]).toEqual(["a", undefined, "c"])
  })

  it("signs with a reserve that is new rather than with the leaked key, and says who refuses its tokens", async () => {
    putKeys(stored.a(), stored.b({ published_at: hoursAgo(0) }))
    const stdout = await changed("retire-signing-key", "--leaked")
    expect(stdout).toContain("Verifiers that do not know b yet refuse its tokens until then.\n")
    expect(await readKids()).toEqual(["b"])
  })

  it("is run again when the reserve leaked, too, until the new key signs", async () => {
    putKeys(stored.a(), stored.b())
    await changed("add-signing-key")
    const made = (await readKids())[2]
    for (const left of [["b", made], [made]]) {
      await changed("retire-signing-key", "--leaked")
      expect(await readKids()).toEqual(left)
    }
  })

  it.each([
    ["the reserve", "b", ["a", "c"]],
    ["a key that has just stopped", "c", ["a", "b"]],
    ["the key that signs", "a", ["b", "c"]],
  ])("removes %s at once when it is named", async (_what, kid, left) => {
    putKeys(stored.a(), stored.b(), stored.c({ stopped_at: hoursAgo(0) }))
    await changed("retire-signing-key", "--leaked", "--kid", kid)
    expect(await readKids()).toEqual(left)
  })

  it("never leaves no key: another has to be made first", async () => {
    putKeys(stored.a())
    const said = await refused("retire-signing-key", "--leaked")
    expect(said).toContain(`a is the only signing key, so it cannot be removed. Before: ${add}\n`)
    await changed("add-signing-key")
    const made = (await readKids())[1]
    await changed("retire-signing-key", "--leaked")
    expect(await readKids()).toEqual([made])
  })
})

describe("status of the signing keys", () => {
  const options = ["--api-token-keys-secret-id", keysId]

  it("says which key signs, which wait, and until when", async () => {
    put(mainSecret)
    const [young, fresh] = [stored.b({ published_at: hoursAgo(1) }), stored.c({ stopped_at: hoursAgo(1) })]
    putKeys(stored.a(), young, fresh)
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
    const states = String.raw`a \(signs\), b \(in reserve, can sign from ${time} on\), c \(stopped, can be retired from ${time} on\)`
    const stdout = await done("status", options)
    expect(stdout).toMatch(
      new RegExp(`\nSigning key secret ${keysId} in eu-west-1\n  3 signing keys: ${states}\n$`),
    )
    for (const key of [stored.a(), young, fresh]) expect(stdout).not.toContain(key.key)
    putKeys(stored.a(), stored.b(), stored.c({ stopped_at: hoursAgo(3) }))
    expect(await done("status", options)).toMatch(/: a \(signs\), b \(in reserve\), c \(stopped\)\n$/)
  })

  it("warns when there is no reserve, and succeeds because the functions can use the key", async () => {
    put(mainSecret)
    putKeys(stored.a())
    const said = `  1 signing key: a (signs)\n  There is no signing key in reserve. Next: ${add}\n`
    expect(await done("status", options)).toContain(said)
  })

  it.each([
    ["there is no such secret", undefined, `does not exist in eu-west-1.\n  Next: ${add}\n`],
    [
      "a key is damaged",
      '{"signing_keys":[{"kid":"a","key":"canary"}]}',
      "\n  To correct that: undo the change by",
    ],
    ["it is another secret", JSON.stringify(mainSecret), 'it lacks "signing_keys"\n  To correct that: undo'],
  ])("fails when %s", async (_what, text, said) => {
    put(mainSecret)
    if (text !== undefined) aws.put(keysId, text)
    expect(await failed("status", options)).toContain(said)
    expect(await textOf(keysId)).toBe(text)
  })

  it("names the KMS key that encrypts them", async () => {
    put(mainSecret)
    putKeys(stored.a(), stored.b())
    const endpoint = await startDescribing({ KmsKeyId: kmsKeyArn }, keysId)
    expect(await done("status", options, { endpoint })).toContain(`\nencrypted with ${kmsKeyArn}\n`)
  })
})
