import { describe, expect, it } from "vitest"
import { startDescribing, startInFront, type Call, type Meddling } from "./in-front.ts"
import * as local from "./local-secret.ts"
import { aws, client, put, read, textOf } from "./local-secret.ts"
import { kmsKeyArn, newSecret, oldSecret, secretId, stored } from "./stored-secret.ts"

local.prepareSecrets()

const appTokenId = "superoffice/sod-app-token"
const named = ["--app-token-secret-id", appTokenId]
const unattended = ["--stdin", "--yes"]
const createOptions = ["--client-id", stored.client_id, ...unattended]

/** A command line for the same secrets. */
const next = (command: string) =>
  `npm run secret -- ${command} --secret-id ${secretId} --app-token-secret-id ${appTokenId}`

/** An operation on both secrets, with the new client secret at stdin. */
function ofBoth(...[command, options = [], from = {}]: local.Operation): local.Operation {
  return [command, [...named, ...options], { input: newSecret, ...from }]
}
const done = (...operation: local.Operation) => local.done(...ofBoth(...operation))
const failed = (...operation: local.Operation) => local.failed(...ofBoth(...operation))

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

const denied = { error: "AccessDeniedException" }

describe("create with an app token secret", () => {
  it("writes the client secret a second time, alone and as text, beside the secret with the sealing keys", async () => {
    const stdout = await done("create", createOptions, { input: `${newSecret}\n` })
    expect(await both()).toEqual([newSecret, newSecret])
    expect(stdout).toContain(`(clientSecretId: ${secretId}, appTokenSecretId: ${appTokenId}), and deploy.`)
  })

  it("fills both secrets that a stack has made without a value", async () => {
    for (const Name of [secretId, appTokenId]) await client.createSecret({ Name })
    await done("create", createOptions)
    expect(await both()).toEqual([newSecret, newSecret])
  })

  it("encrypts an app token secret that it makes with the key of the other secret", async () => {
    await client.createSecret({ Name: secretId, KmsKeyId: kmsKeyArn })
    expect(await done("create", createOptions)).toContain(`  encryption key: ${kmsKeyArn}\n`)
    expect(await local.keyOf(appTokenId)).toBe(kmsKeyArn)
  })

  it("encrypts both secrets that it makes with the key that is given", async () => {
    await done("create", [...createOptions, "--kms-key-arn", kmsKeyArn])
    expect([await local.keyOf(secretId), await local.keyOf(appTokenId)]).toEqual([kmsKeyArn, kmsKeyArn])
  })

  it("keeps a secret that exists, and copies its client secret without asking for it", async () => {
    put(stored)
    const before = await read()
    await done("create", ["--yes"])
    expect([await read(), await textOf(appTokenId)]).toEqual([before, oldSecret])
  })

  it.each([
    ["both secrets are there", oldSecret, ["--yes"], ""],
    ["another client id is given", "canary-other", ["--client-id", "another", "--yes"], ""],
    ["another client secret is piped in", "canary-other", createOptions, newSecret],
  ])("changes nothing when %s", async (_when, text, options, input) => {
    putBoth(text)
    expect(await failed("create", options, { input })).toContain(`already exists in eu-west-1. To replace`)
    expect(await textOf(appTokenId)).toBe(text)
  })

  it("does not copy a client secret that cannot be sent in a header", async () => {
    put({ ...stored, client_secret: "canary with spaces" })
    expect(await failed("create", ["--yes"])).toContain(`outside ASCII. To correct that: ${next("replace")}`)
    expect(await textOf(appTokenId)).toBeUndefined()
  })
})

describe("replace with an app token secret", () => {
  it("writes both secrets, and keeps the old version of each as the previous one", async () => {
    putBoth()
    await done("replace", unattended)
    expect(await both()).toEqual([newSecret, newSecret])
    expect((await read("AWSPREVIOUS")).value).toEqual(stored)
    expect(await textOf(appTokenId, "AWSPREVIOUS")).toBe(oldSecret)
  })

  it.each([
    ["that does not exist yet, and makes it", undefined],
    ["that contains the client secret already, and writes the other", newSecret],
  ])("takes one %s", async (_what, appToken) => {
    put(stored)
    if (appToken !== undefined) aws.put(appTokenId, appToken)
    await done("replace", unattended)
    expect(await both()).toEqual([newSecret, newSecret])
  })

  it("leaves a secret that contains the client secret already, and writes the one that differs", async () => {
    putBoth(`${oldSecret}\n`)
    const before = await read()
    await done("replace", unattended, { input: oldSecret })
    expect([await read(), await textOf(appTokenId)]).toEqual([before, oldSecret])
  })

  it("refuses a client secret that both contain", async () => {
    putBoth()
    const said = await failed("replace", unattended, { input: oldSecret })
    expect(said).toContain("Both secrets already contain this client secret: nothing was changed.\n")
  })

  it("shows both changes in a dry run, and makes none", async () => {
    put(stored)
    const before = await read()
    const stdout = await done("replace", ["--dry-run"])
    expect(stdout).toMatch(/client secret: replaced\n[^]*client secret: alone, as text, .*\n.*encryption key/)
    expect([await read(), await textOf(appTokenId)]).toEqual([before, undefined])
  })
})

describe("when the app token secret cannot be written", () => {
  const unwritten = `"${secretId}" contains the client secret, but "${appTokenId}" was not written. To finish, run the same`

  it.each([
    ["it is denied", denied, `secretsmanager:PutSecretValue on "${appTokenId}"`],
    ["the connection breaks", "hangs up" as const, "Secrets Manager cannot be reached (ECONNRESET)"],
  ])("because %s, replace says what was written, and run again finishes", async (_why, meddling, why) => {
    putBoth()
    const endpoint = await startInFront(onAppToken("PutSecretValue", meddling))
    const { exitCode, stdout, stderr } = await local.operate(...ofBoth("replace", unattended, { endpoint }))
    expect(exitCode).toBe(1)
    expect(stdout).toContain(`is the current version of ${secretId} in place of`)
    for (const said of [unwritten, why]) expect(stderr).toContain(said)
    expect(await both()).toEqual([newSecret, oldSecret])

    const written = await read()
    await done("replace", unattended)
    expect([await read(), await textOf(appTokenId)]).toEqual([written, newSecret])
  })

  it("create says what was written, and run again finishes", async () => {
    const endpoint = await startInFront(onAppToken("CreateSecret", denied))
    const { exitCode, stderr } = await local.operate(...ofBoth("create", createOptions, { endpoint }))
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(unwritten)])
    const written = await read()
    expect(await textOf(appTokenId)).toBeUndefined()
    await done("create", createOptions)
    expect([await read(), await textOf(appTokenId)]).toEqual([written, newSecret])
  })

  it("because it is scheduled for deletion, nothing is changed", async () => {
    putBoth()
    const endpoint = await startDescribing({ DeletedDate: 1_795_000_000 }, appTokenId)
    const said = await failed("replace", unattended, { endpoint })
    expect(said).toMatch(new RegExp(`^"${appTokenId}" in eu-west-1 is scheduled for deletion`))
    expect(await textOf(appTokenId)).toBe(oldSecret)
  })

  it.each([
    ["JSON", JSON.stringify(stored)],
    ["a private key", "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n"],
    ["a private key in XML", "<RSAKeyValue><Modulus>canary</Modulus></RSAKeyValue>"],
  ])("because it contains %s, nothing is changed", async (_what, text) => {
    putBoth(text)
    expect(await failed("replace", unattended)).toContain("contains something else than a client secret")
    expect(await textOf(appTokenId)).toBe(text)
  })
})

describe("when the first secret cannot be written", () => {
  it.each([
    ["PutSecretValue", denied],
    ["UpdateSecretVersionStage", denied],
    ["PutSecretValue", "hangs up" as const],
  ])("because %s fails with %j, the app token secret is left alone", async (operation, meddling) => {
    putBoth()
    const before = await local.stagesByVersion()
    const calls: string[] = []
    const endpoint = await startInFront((call) => {
      if (call.secretId === appTokenId) calls.push(call.operation)
      return call.secretId === secretId && call.operation === operation ? meddling : undefined
    })
    expect(await failed("replace", unattended, { endpoint })).not.toContain("contains the client secret")
    expect(await local.stagesByVersion()).toMatchObject(before)
    expect(calls).toEqual(["DescribeSecret", "GetSecretValue"])
  })
})

describe("status with an app token secret", () => {
  it("says that it contains the client secret", async () => {
    putBoth()
    expect(await done("status")).toContain(`  It contains the client secret of "${secretId}".\n`)
  })

  it.each([
    ["another value", "canary-other", `It differs from the client secret of "${secretId}".`],
    ["a line end behind it", `${oldSecret}\n`, `of "${secretId}": it begins or ends with white space.`],
    ["a control character", "can\u001bary", `of "${secretId}": it contains a control character.`],
    ["JSON around it", JSON.stringify({ client_secret: oldSecret }), "It differs from the client"],
    ["nothing, because there is none", undefined, `"${appTokenId}" does not exist in eu-west-1.`],
    ["no value", "", `"${appTokenId}" has no value in eu-west-1.`],
  ])("fails when that contains %s", async (_what, text, finding) => {
    put(stored)
    if (text === "") await client.createSecret({ Name: appTokenId })
    else if (text !== undefined) aws.put(appTokenId, text)
    const said = await failed("status")
    expect(said).toContain(finding)
    expect(said).toContain(`\n  Next: ${next("create")}\n`)
  })

  it("fails when that may not be read", async () => {
    putBoth()
    const endpoint = await startInFront(onAppToken("GetSecretValue", denied))
    const said = await failed("status", [], { endpoint })
    expect(said).toContain(`secretsmanager:GetSecretValue on "${appTokenId}" in eu-west-1. `)
  })
})
