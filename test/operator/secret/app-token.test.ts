import { describe, expect, it } from "vitest"
import { startDescribing, startInFront, type Call, type Meddling } from "./in-front.ts"
import * as local from "./local-secret.ts"
import {
  aws,
  client,
  kmsKeyArn,
  newSecret,
  oldSecret,
  put,
  read,
  secretId,
  stored,
  textOf,
} from "./local-secret.ts"

local.prepareSecrets()

const appTokenId = "superoffice/sod-app-token"
const createOptions = ["--client-id", stored.client_id, "--stdin", "--yes"]
const replaceOptions = ["--stdin", "--yes"]
type From = NonNullable<Parameters<typeof local.done>[2]>

/** A command line for the same secrets. */
function next(command: string): string {
  return `npm run secret -- ${command} --secret-id ${secretId} --app-token-secret-id ${appTokenId}`
}

const named = ["--app-token-secret-id", appTokenId]
const done = (command: string, options: readonly string[] = [], from: From = {}) =>
  local.done(command, [...named, ...options], from)
const failed = (command: string, options: readonly string[] = [], from: From = {}) =>
  local.failed(command, [...named, ...options], from)

/** Both secrets before a command. */
function putBoth(appToken = oldSecret): void {
  put(stored)
  aws.put(appTokenId, appToken)
}

/** The client secret in both secrets. */
async function both(): Promise<unknown[]> {
  return [(await read()).value.client_secret, await textOf(appTokenId)]
}

/** Meddles with the calls of one operation on the app token secret. */
function onAppToken(operation: string, meddling: Meddling): (call: Call) => Meddling {
  return (call) => (call.secretId === appTokenId && call.operation === operation ? meddling : undefined)
}

describe("create with an app token secret", () => {
  it("writes the client secret a second time, alone and as text, beside the secret with the sealing keys", async () => {
    const stdout = await done("create", createOptions, { input: `${newSecret}\n` })
    expect(await both()).toEqual([newSecret, newSecret])
    expect(stdout).toContain(`Secret ${appTokenId} in eu-west-1, which does not exist yet:`)
    expect(stdout).toContain(`(clientSecretId: ${secretId}, appTokenSecretId: ${appTokenId}), and deploy.`)
  })

  it("fills both secrets that a stack has made without a value", async () => {
    for (const Name of [secretId, appTokenId]) await client.createSecret({ Name })
    await done("create", createOptions, { input: newSecret })
    expect(await both()).toEqual([newSecret, newSecret])
  })

  it("encrypts an app token secret that it makes with the key of the other secret", async () => {
    await client.createSecret({ Name: secretId, KmsKeyId: kmsKeyArn })
    const stdout = await done("create", createOptions, { input: newSecret })
    expect(stdout).toContain(`  encryption key: ${kmsKeyArn}\n`)
    expect(await local.keyOf(appTokenId)).toBe(kmsKeyArn)
  })

  it("encrypts both secrets that it makes with the key that is given", async () => {
    await done("create", [...createOptions, "--kms-key-arn", kmsKeyArn], { input: newSecret })
    expect([await local.keyOf(secretId), await local.keyOf(appTokenId)]).toEqual([kmsKeyArn, kmsKeyArn])
  })

  it("keeps a secret that exists, and copies its client secret without asking for it", async () => {
    put(stored)
    const before = await read()
    const stdout = await done("create", ["--yes"])
    expect(stdout).toContain(`"${secretId}" exists and is kept; its client secret is copied.`)
    expect([await read(), await textOf(appTokenId)]).toEqual([before, oldSecret])
  })

  it.each([
    ["both secrets are there", oldSecret, ["--yes"], ""],
    ["another client id is given", "canary-other", ["--client-id", "another", "--yes"], ""],
    ["another client secret is piped in", "canary-other", createOptions, newSecret],
  ])("changes nothing when %s", async (_when, text, options, input) => {
    putBoth(text)
    const said = `The secret "${secretId}" already exists in eu-west-1. To replace its client secret: ${next("replace")}\n`
    expect(await failed("create", options, { input })).toBe(said)
    expect(await textOf(appTokenId)).toBe(text)
  })

  it("does not copy a client secret that cannot be sent in a header", async () => {
    put({ ...stored, client_secret: "canary with spaces" })
    const said = await failed("create", ["--yes"])
    expect(said).toMatch(
      /its "client_secret" contains a space or a character outside ASCII\. To correct that: /,
    )
    expect(said).toContain(next("replace"))
    expect(await textOf(appTokenId)).toBeUndefined()
  })
})

describe("replace with an app token secret", () => {
  it("writes both secrets, and keeps the old version of each as the previous one", async () => {
    putBoth()
    const stdout = await done("replace", replaceOptions, { input: newSecret })
    expect(await both()).toEqual([newSecret, newSecret])
    expect((await read("AWSPREVIOUS")).value).toEqual(stored)
    expect(await textOf(appTokenId, "AWSPREVIOUS")).toBe(oldSecret)
    expect(stdout).toMatch(
      new RegExp(`current version of ${secretId} in place .*\nDone: .* of ${appTokenId} in`),
    )
  })

  it.each([
    ["that does not exist yet, and makes it", undefined],
    ["that contains the client secret already, and writes the other", newSecret],
  ])("takes one %s", async (_what, appToken) => {
    put(stored)
    if (appToken !== undefined) aws.put(appTokenId, appToken)
    await done("replace", replaceOptions, { input: newSecret })
    expect(await both()).toEqual([newSecret, newSecret])
  })

  it("leaves a secret that contains the client secret already, and writes the one that differs", async () => {
    putBoth(`${oldSecret}\n`)
    const before = await read()
    const stdout = await done("replace", replaceOptions, { input: oldSecret })
    expect(stdout).toContain(`${secretId} already contains this client secret, so it is left as it is.`)
    expect([await read(), await textOf(appTokenId)]).toEqual([before, oldSecret])
  })

  it("refuses a client secret that both contain", async () => {
    putBoth()
    const said = await failed("replace", replaceOptions, { input: oldSecret })
    expect(said).toContain("Both secrets already contain this client secret: nothing was changed.\n")
  })

  it("shows both changes in a dry run, and makes none", async () => {
    put(stored)
    const before = await read()
    const stdout = await done("replace", ["--dry-run"])
    expect(stdout).toContain("client secret: replaced")
    expect(stdout).toContain(
      "client secret: alone, as text, for jobs that call SuperOffice as the system user",
    )
    expect(stdout).toContain("encryption key: aws/secretsmanager, the account's own")
    expect([await read(), await textOf(appTokenId)]).toEqual([before, undefined])
  })
})

describe("when the app token secret cannot be written", () => {
  const unwritten = `"${secretId}" contains the client secret, but "${appTokenId}" was not written. To finish, run the same`
  const denied = { error: "AccessDeniedException" }

  it.each([
    [
      "it is denied",
      denied,
      `These credentials may not call secretsmanager:PutSecretValue on "${appTokenId}"`,
    ],
    ["it is throttled", { error: "ThrottlingException" }, "Secrets Manager gets too many requests"],
    ["the connection breaks", "hangs up" as const, "Secrets Manager cannot be reached (ECONNRESET)"],
  ])("because %s, replace says what was written, and run again finishes", async (_why, meddling, why) => {
    putBoth()
    const endpoint = await startInFront(onAppToken("PutSecretValue", meddling))
    const { exitCode, stdout, stderr } = await local.operate("replace", [...named, ...replaceOptions], {
      input: newSecret,
      endpoint,
    })
    expect(exitCode).toBe(1)
    expect(stdout).toContain(`is the current version of ${secretId} in place of`)
    for (const said of [unwritten, why]) expect(stderr).toContain(said)
    expect(await both()).toEqual([newSecret, oldSecret])

    const written = await read()
    await done("replace", replaceOptions, { input: newSecret })
    expect([await read(), await textOf(appTokenId)]).toEqual([written, newSecret])
  })

  it("create says what was written, and run again finishes", async () => {
    const endpoint = await startInFront(onAppToken("CreateSecret", denied))
    const options = [...named, ...createOptions]
    const { exitCode, stderr } = await local.operate("create", options, { input: newSecret, endpoint })
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(unwritten)])
    const written = await read()
    expect(await textOf(appTokenId)).toBeUndefined()
    await done("create", createOptions, { input: newSecret })
    expect([await read(), await textOf(appTokenId)]).toEqual([written, newSecret])
  })

  it("because it is scheduled for deletion, nothing is changed", async () => {
    putBoth()
    const endpoint = await startDescribing({ DeletedDate: 1_795_000_000 }, appTokenId)
    expect(await failed("replace", replaceOptions, { input: newSecret, endpoint })).toBe(
      `"${appTokenId}" in eu-west-1 is scheduled for deletion (2026-11-18). To keep it: ` +
        `aws secretsmanager restore-secret --secret-id ${appTokenId} --region eu-west-1\n`,
    )
    expect(await textOf(appTokenId)).toBe(oldSecret)
  })

  it.each([
    ["JSON", JSON.stringify(stored)],
    ["a private key", "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n"],
    ["a private key in XML", "<RSAKeyValue><Modulus>canary</Modulus></RSAKeyValue>"],
  ])("because it contains %s, nothing is changed", async (_what, text) => {
    putBoth(text)
    const said = await failed("replace", replaceOptions, { input: newSecret })
    expect(said).toContain(`"${appTokenId}" contains something else than a client secret`)
    expect(await textOf(appTokenId)).toBe(text)
  })
})

describe("when the first secret cannot be written", () => {
  it.each([
    ["PutSecretValue", { error: "AccessDeniedException" }],
    ["UpdateSecretVersionStage", { error: "AccessDeniedException" }],
    ["PutSecretValue", "hangs up" as const],
  ])("because %s fails with %j, the app token secret is left alone", async (operation, meddling) => {
    putBoth()
    const before = await local.stagesByVersion()
    const calls: string[] = []
    const endpoint = await startInFront((call) => {
      if (call.secretId === appTokenId) calls.push(call.operation)
      return call.secretId === secretId && call.operation === operation ? meddling : undefined
    })
    const said = await failed("replace", replaceOptions, { input: newSecret, endpoint })
    expect(said).not.toContain("contains the client secret")
    expect(await local.stagesByVersion()).toMatchObject(before)
    expect(calls).toEqual(["DescribeSecret", "GetSecretValue"])
  })
})

describe("status with an app token secret", () => {
  it("says that it contains the client secret", async () => {
    putBoth()
    const said = `App token secret ${appTokenId} in eu-west-1\n  It contains the client secret of "${secretId}".\n`
    expect(await done("status")).toContain(said)
  })

  it.each([
    ["another value", "canary-other", `It differs from the client secret of "${secretId}".`],
    ["a line end behind it", `${oldSecret}\n`, `of "${secretId}": it begins or ends with white space.`],
    ["a control character", "can\u001bary", `of "${secretId}": it contains a control character.`],
    ["JSON around it", JSON.stringify({ client_secret: oldSecret }), "It differs from the client secret of"],
    ["nothing, because there is none", undefined, `"${appTokenId}" does not exist in eu-west-1.`],
    ["no value", "", `"${appTokenId}" has no value in eu-west-1.`],
  ])("fails when that contains %s", async (_what, text, finding) => {
    put(stored)
    if (text === "") await client.createSecret({ Name: appTokenId })
    else if (text !== undefined) aws.put(appTokenId, text)
    const said = await failed("status")
    expect(said).toContain(finding)
    expect(said).toContain(`  Next: ${next("create")}\n`)
  })

  it("fails when that may not be read", async () => {
    putBoth()
    const endpoint = await startInFront(onAppToken("GetSecretValue", { error: "AccessDeniedException" }))
    const why = `These credentials may not call secretsmanager:GetSecretValue on "${appTokenId}" in eu-west-1. `
    expect(await failed("status", [], { endpoint })).toContain(why)
  })
})
