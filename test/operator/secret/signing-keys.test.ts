import { describe, expect, it } from "vitest"
import { parseSigningKeys } from "../../../lib/credentials/signing-keys.ts"
import { folderWith, sectionOf } from "../folder-with.ts"
import { startInFront } from "./in-front.ts"
import { aws, keyOf, prepareSecrets, run, textOf } from "./local-secret.ts"
import * as keys from "./signing-keys.ts"
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
import { kmsKeyArn, secretId, stored as mainSecret } from "./stored-secret.ts"

prepareSecrets()

const use = `npm run secret -- use-signing-key ${option}`
const add = `npm run secret -- add-signing-key ${option}`

describe("add-signing-key", () => {
  it("makes a secret with two keys that the functions can use: one signs, one is in reserve (C83)", async () => {
    const before = hoursAgo(0)
    const stdout = await changed("add-signing-key", "--kms-key-arn", kmsKeyArn)
    const parsed = parseSigningKeys(await textOf(keysId))
    const [signing = "", reserve = ""] = parsed.map(({ kid }) => kid)
    expect(parsed).toHaveLength(2)
    for (const { published_at: at } of await readKeys())
      expect([before, at, hoursAgo(0)].toSorted()[1]).toBe(at)
    expect(await keyOf(keysId)).toBe(kmsKeyArn)
    expect(stdout).toContain(`  signing key: ${signing} signs, made now\n`)
    expect(stdout).toContain(`  signing key: ${reserve} is in reserve, made now\n`)
    expect(stdout).toContain(`Name it in deployment.yml (apiTokenKeysSecretId: ${keysId}), and deploy.\n`)
  })

  it("publishes a new key last, which does not sign, and says when it can (C83)", async () => {
    putKeys(stored.b(), stored.a({ stopped_at: hoursAgo(9) }))
    const stdout = await changed("add-signing-key")
    const [first, second, made, ...others] = await readKeys()
    expect([first, second, others]).toEqual([stored.b(first), stored.a(second), []])
    expect(stdout).toContain(`signing key: ${made?.kid ?? ""} is in reserve, made now\n`)
    expect(stdout).toMatch(/It can sign in 3 hours, because API Gateway keeps a key set for two hours/)
    expect(stdout).toContain(`To rotate then: ${use}\n`)
    expect(JSON.parse((await textOf(keysId)) ?? "")).toHaveProperty("a field of the operator's", 1)
  })

  it.each(["{}", '{"signing_keys":[]}', '{"signing_keys":""}'])(
    "begins again with two keys where an operator has stored %s",
    async (text) => {
      aws.put(keysId, text)
      const stdout = await changed("add-signing-key")
      expect(parseSigningKeys(await textOf(keysId))).toHaveLength(2)
      expect(stdout).toContain("Verifiers that know other keys of this deployment may refuse its tokens for")
    },
  )

  it.each([
    ["the client secret as JSON", JSON.stringify(mainSecret)],
    ["text", "canary"],
    ["a list", "[]"],
  ])("does not overwrite a secret that contains %s", async (_what, text) => {
    aws.put(keysId, text)
    expect(await refused("add-signing-key")).toContain(
      "contains something else than signing keys, so it is not",
    )
  })

  it("does not create a secret by an ARN", async () => {
    const arn = `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${keysId}-a1B2c3`
    const { stderr } = await run(["add-signing-key", "--api-token-keys-secret-id", arn, "--yes"])
    expect(stderr).toContain("A secret is created by a name, not by an ARN")
  })
})

describe("use-signing-key", () => {
  it("signs with the reserve, and keeps the key before published (C83)", async () => {
    const [a, b, start] = [stored.a(), stored.b(), hoursAgo(0)]
    putKeys(a, b)
    const stdout = await changed("use-signing-key")
    const [signing, before] = await readKeys()
    const stoppedAt = before?.stopped_at ?? ""
    expect([signing, before]).toEqual([b, { ...a, stopped_at: stoppedAt }])
    expect([start, stoppedAt, hoursAgo(0)].toSorted()[1]).toBe(stoppedAt)
    expect(stdout).toMatch(
      /signing key: b signs from now on\n.* a has stopped signing, and stays published\n/,
    )
    expect(stdout).toContain("Nobody notices, because verifiers know every key.\n")
    expect(stdout).toContain(`There is no signing key in reserve. Next: ${add}\n`)
    const then = `npm run secret -- retire-signing-key ${option}\n`
    expect(stdout).toContain(`after an hour plus API_TOKEN_SECONDS (at most 3600). Then: ${then}`)
  })

  it("takes the reserve, and no key that has stopped, wherever it is in the list", async () => {
    putKeys(stored.b(), stored.a({ stopped_at: hoursAgo(1) }), stored.c())
    await changed("use-signing-key")
    expect(await readKids()).toEqual(["c", "b", "a"])
  })

  it("goes back to a key that has stopped when it is named", async () => {
    putKeys(stored.b(), stored.a({ stopped_at: hoursAgo(1) }))
    await changed("use-signing-key", "--kid", "a")
    const [signing, before] = await readKeys()
    expect([signing?.kid, signing?.stopped_at, before?.kid]).toEqual(["a", undefined, "b"])
    expect(before?.stopped_at).toBeDefined()
  })

  it("refuses a key that was published less than three hours ago, unless told to hurry (C83)", async () => {
    putKeys(stored.a(), stored.b({ published_at: hoursAgo(2.9) }))
    const said = await refused("use-signing-key")
    expect(said).toMatch(/^b was published at \S+Z, .* It can sign from \S+Z on\. /)
    expect(said).toContain(`Not to wait: ${use} --now\n`)
    expect(await refused("use-signing-key", "--kid", "b")).toContain(`${use} --kid b --now\n`)
    const stdout = await changed("use-signing-key", "--now")
    expect(stdout).toContain(
      "Verifiers that do not know b yet refuse its tokens: API Gateway for up to 3 hours.\n",
    )
    expect(await readKids()).toEqual(["b", "a"])
  })

  it("takes the time of the version for a key that somebody has written by hand", async () => {
    putKeys(stored.a(), stored.b({ published_at: undefined }))
    expect(await refused("use-signing-key")).toContain("b was published at ")
    putKeys(stored.a(), stored.b({ published_at: "yesterday" }))
    expect(await refused("use-signing-key")).toContain("b was published at ")
  })

  it.each([
    ["the one that signs", ["--kid", "a"], "a signs already: nothing was changed."],
    [
      "one that is not there",
      ["--kid", "z"],
      "There is no signing key with that id. To list the ids: npm run",
    ],
    ["a reserve that is not there", [], `There is no signing key in reserve. Before: ${add}`],
  ])("does not use %s", async (_what, options, said) => {
    putKeys(stored.a())
    expect(await refused("use-signing-key", ...options)).toContain(said)
  })
})

describe("every command for signing keys", () => {
  const commands = ["add-signing-key", "use-signing-key", "retire-signing-key"]

  it.each(commands)("changes nothing in a dry run, and asks before a change: %s", async (command) => {
    putKeys(stored.a(), stored.b(), stored.c({ stopped_at: hoursAgo(9) }))
    const before = await textOf(keysId)
    const dry = await keys.runFor(command, ["--dry-run"])
    expect([dry.exitCode, dry.stdout]).toEqual([0, expect.stringContaining("this is a dry run.\n")])
    const asked = await keys.runFor(command)
    expect([asked.exitCode, asked.stderr]).toEqual([1, expect.stringContaining("pass --yes")])
    expect(await textOf(keysId)).toBe(before)
  })

  it.each(commands)("leaves a secret that was damaged by hand as it is: %s", async (command) => {
    const anew = "--secret-string '{}' --region eu-west-1, and then npm run secret -- add-signing-key"
    for (const key of [{ kid: "b", key: "canary" }, { kid: "a", key: stored.b().key }, { key: "canary" }]) {
      putKeys(stored.a(), key)
      const said = await refused(command)
      expect(said).toMatch(
        /^Nothing was changed, because .* "signing_keys" .* To correct that: undo the change /,
      )
      expect(said).toContain(anew)
    }
    aws.put(keysId, '{"signing_keys": canary')
    expect(await refused(command)).toContain("it is not a JSON object")
  })

  it.each(["use-signing-key", "retire-signing-key"])("needs the secret, with a key: %s", async (command) => {
    expect(await refused(command)).toMatch(new RegExp(`^There is no secret .* To create it: ${add}\n$`))
    aws.put(keysId, "{}")
    expect(await refused(command)).toContain(`it lacks "signing_keys". To correct that: ${add}\n`)
  })

  it.each(commands)("says who may not read the secret: %s", async (command) => {
    putKeys(stored.a(), stored.b())
    aws.outage = "denied"
    const { exitCode, stderr } = await keys.runFor(command, ["--yes"])
    aws.outage = undefined
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/^These credentials may not call secretsmana/),
    ])
  })

  it("is told to start again when somebody else has changed the secret meanwhile", async () => {
    putKeys(stored.a(), stored.b())
    const endpoint = await startInFront(({ operation }) => {
      if (operation === "PutSecretValue") putKeys(stored.a(), stored.b(), stored.c())
      return undefined
    })
    const { exitCode, stderr } = await keys.runFor("use-signing-key", ["--yes"], { endpoint })
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("was changed by somebody else while")])
    expect(await readKids()).toEqual(["a", "b", "c"])
  })

  it("finds secret, KMS key and lifetime of the tokens in deployment.yml", async () => {
    const settings = {
      ...{ region: "eu-west-1", clientSecretId: secretId, secretKmsKeyArn: kmsKeyArn },
      ...{
        apiTokenAudience: "https://api.example.com",
        apiTokenKeysSecretId: keysId,
        apiTokenSeconds: "900",
      },
    }
    const folder = folderWith(sectionOf("sod", settings))
    const made = await run(["add-signing-key", "--stage", "sod", "--yes"], { folder })
    expect(made.stdout).toContain("Next: npm run deploy -- --stage sod\n")
    expect(await keyOf(keysId)).toBe(kmsKeyArn)
    const used = await run(["use-signing-key", "--stage", "sod", "--now", "--yes"], { folder })
    expect(used.stdout).toContain(
      "API_TOKEN_SECONDS (900). Then: npm run secret -- retire-signing-key --stage sod\n",
    )
    const early = await run(["retire-signing-key", "--stage", "sod", "--yes"], { folder })
    expect(early.stderr).toContain("an hour plus API_TOKEN_SECONDS (900) later.")
  })

  it("needs the name of the secret", async () => {
    const nowhere = await run(["add-signing-key"])
    expect(nowhere.stderr).toContain("or --api-token-keys-secret-id NAME.")
    const folder = folderWith(sectionOf("sod", { clientSecretId: secretId }))
    const { stderr } = await run(["add-signing-key", "--stage", "sod"], { folder })
    expect(stderr).toContain(
      'no secret for the signing keys: write apiTokenKeysSecretId below "sod:", or pass',
    )
  })
})
