import { describe, expect, it } from "vitest"
import type { CommandResult } from "../../support/command.ts"
import { startInFront, type Call, type Meddling } from "./in-front.ts"
import {
  aws,
  client,
  newSecret,
  oldSecret,
  operate,
  put,
  read,
  secretId,
  stagesByVersion,
  stored,
} from "./local-secret.ts"

const appTokenId = "superoffice/sod-app-token"
const createOptions = ["--client-id", stored.client_id, "--stdin", "--yes"]
const replaceOptions = ["--stdin", "--yes"]

/** A command line for the same secrets. */
function next(command: string): string {
  return `npm run secret -- ${command} --secret-id ${secretId} --app-token-secret-id ${appTokenId}`
}

function run(
  command: string,
  options: readonly string[],
  from: { readonly input?: string; readonly endpoint?: string } = {},
): Promise<CommandResult> {
  return operate(command, ["--app-token-secret-id", appTokenId, ...options], from)
}

/** The text of the app token secret; undefined without one. */
async function appToken(VersionStage = "AWSCURRENT"): Promise<string | undefined> {
  const version = await client
    .getSecretValue({ SecretId: appTokenId, VersionStage })
    .catch((error: unknown) => {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined
      throw error
    })
  return version?.SecretString
}

/** Meddles with the calls of these operations on the app token secret. */
function onAppToken(operations: readonly string[], meddling: Meddling): (call: Call) => Meddling {
  return ({ operation, secretId: id }) =>
    id === appTokenId && operations.includes(operation) ? meddling : undefined
}

describe("create", () => {
  it("writes the client secret a second time, alone and as text, beside the secret with the sealing keys", async () => {
    const { exitCode, stdout } = await run("create", createOptions, { input: `${newSecret}\n` })
    expect([exitCode, await appToken()]).toEqual([0, newSecret])
    expect((await read()).value).toMatchObject({ client_secret: newSecret })
    expect(stdout).toContain(`Secret ${appTokenId} in eu-west-1, which does not exist yet:`)
    expect(stdout).toContain(`is the current version of ${appTokenId}.`)
    expect(stdout).toContain(`(clientSecretId: ${secretId}, appTokenSecretId: ${appTokenId}), and deploy.`)
  })

  it("fills both secrets that a stack has made without a value", async () => {
    await client.createSecret({ Name: secretId })
    await client.createSecret({ Name: appTokenId })
    const { exitCode } = await run("create", createOptions, { input: newSecret })
    expect([exitCode, await appToken()]).toEqual([0, newSecret])
    expect((await read()).value).toMatchObject({ client_secret: newSecret })
  })

  const keyArn = "arn:aws:kms:eu-west-1:000000000000:key/example"

  it("encrypts an app token secret that it makes with the key of the other secret", async () => {
    await client.createSecret({ Name: secretId, KmsKeyId: keyArn })
    const { stdout } = await run("create", createOptions, { input: newSecret })
    expect(stdout).toContain(`  encryption key: ${keyArn}\n`)
    expect((await client.describeSecret({ SecretId: appTokenId })).KmsKeyId).toBe(keyArn)
  })

  it("encrypts both secrets that it makes with the key that is given", async () => {
    const { exitCode } = await run("create", [...createOptions, "--kms-key-arn", keyArn], {
      input: newSecret,
    })
    expect(exitCode).toBe(0)
    for (const SecretId of [secretId, appTokenId]) {
      expect((await client.describeSecret({ SecretId })).KmsKeyId).toBe(keyArn)
    }
  })

  it("keeps a secret that exists, and copies its client secret without asking for it", async () => {
    put(stored)
    const before = await read()
    const { exitCode, stdout } = await run("create", ["--yes"])
    expect([exitCode, await appToken()]).toEqual([0, oldSecret])
    expect(stdout).toContain(`"${secretId}" exists and is kept; its client secret is copied.`)
    expect(await read()).toEqual(before)
  })

  it.each([
    ["both secrets are there", oldSecret, ["--yes"], ""],
    ["another client id is given", "canary-other", ["--client-id", "another", "--yes"], ""],
    ["another client secret is piped in", "canary-other", createOptions, newSecret],
  ])("changes nothing when %s", async (_when, text, options, input) => {
    put(stored)
    aws.put(appTokenId, text)
    const before = await read()
    expect(await run("create", options, { input })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr:
        `The secret "${secretId}" already exists in eu-west-1. To replace its client secret: ` +
        `${next("replace")}\n`,
    })
    expect([await read(), await appToken()]).toEqual([before, text])
  })

  it("does not copy a client secret that cannot be sent in a header", async () => {
    put({ ...stored, client_secret: "canary with spaces" })
    const { exitCode, stderr } = await run("create", ["--yes"])
    expect([exitCode, stderr]).toEqual([
      1,
      'Nothing was changed, because a secret in Secrets Manager cannot be used: its "client_secret" contains a space or a ' +
        `character outside ASCII. To correct that: ${next("replace")}\n`,
    ])
    expect(await appToken()).toBeUndefined()
  })
})

describe("replace", () => {
  it("writes both secrets, and keeps the old version of each as the previous one", async () => {
    put(stored)
    aws.put(appTokenId, oldSecret)
    const { exitCode, stdout } = await run("replace", replaceOptions, { input: newSecret })
    expect([exitCode, await appToken(), await appToken("AWSPREVIOUS")]).toEqual([0, newSecret, oldSecret])
    expect((await read()).value).toEqual({ ...stored, client_secret: newSecret })
    expect(stdout).toMatch(
      new RegExp(`current version of ${secretId} in place .*\nDone: .* of ${appTokenId} in`),
    )
  })

  it("makes an app token secret that does not exist yet", async () => {
    put(stored)
    expect((await run("replace", replaceOptions, { input: newSecret })).exitCode).toBe(0)
    expect(await appToken()).toBe(newSecret)
  })

  it("leaves a secret that contains the client secret already, and writes the one that differs", async () => {
    put(stored)
    aws.put(appTokenId, `${oldSecret}\n`)
    const before = await read()
    const { exitCode, stdout } = await run("replace", replaceOptions, { input: oldSecret })
    expect([exitCode, await appToken()]).toEqual([0, oldSecret])
    expect(stdout).toContain(`${secretId} already contains this client secret, so it is left as it is.`)
    expect(await read()).toEqual(before)
  })

  it("writes the other secret when only the app token secret contains the client secret", async () => {
    put(stored)
    aws.put(appTokenId, newSecret)
    expect((await run("replace", replaceOptions, { input: newSecret })).exitCode).toBe(0)
    expect((await read()).value.client_secret).toBe(newSecret)
  })

  it("refuses a client secret that both contain", async () => {
    put(stored)
    aws.put(appTokenId, oldSecret)
    const { exitCode, stderr } = await run("replace", replaceOptions, { input: oldSecret })
    expect([exitCode, stderr]).toEqual([
      1,
      "Both secrets already contain this client secret: nothing was changed.\n",
    ])
  })

  it("shows both changes in a dry run, and makes none", async () => {
    put(stored)
    const before = await read()
    const { exitCode, stdout } = await run("replace", ["--dry-run"])
    expect(exitCode).toBe(0)
    expect(stdout).toContain("client secret: replaced")
    expect(stdout).toContain(
      "client secret: alone, as text, for jobs that call SuperOffice as the system user",
    )
    expect(stdout).toContain("encryption key: aws/secretsmanager, the account's own")
    expect([await read(), await appToken()]).toEqual([before, undefined])
  })
})

describe("when the app token secret cannot be written", () => {
  const unwritten =
    `"${secretId}" contains the client secret, but "${appTokenId}" was not written. ` +
    "To finish, run the same command again. "
  const denied =
    `These credentials may not call secretsmanager:PutSecretValue on "${appTokenId}" in eu-west-1. ` +
    "To see whose they are: aws sts get-caller-identity"

  it.each([
    ["it is denied", { error: "AccessDeniedException" }, denied],
    [
      "it is throttled",
      { error: "ThrottlingException" },
      "Secrets Manager gets too many requests from this account (ThrottlingException): try again in a moment.",
    ],
    [
      "the connection breaks",
      "hangs up" as const,
      "Secrets Manager cannot be reached (ECONNRESET): check this machine's network, and the endpoint if one is set.",
    ],
  ])("because %s, replace says what was written, and run again finishes", async (_why, meddling, said) => {
    put(stored)
    aws.put(appTokenId, oldSecret)
    const endpoint = await startInFront(onAppToken(["PutSecretValue"], meddling))
    const failed = await run("replace", replaceOptions, { input: newSecret, endpoint })
    expect([failed.exitCode, failed.stderr]).toEqual([1, `${unwritten}${said}\n`])
    expect(failed.stdout).toContain(`is the current version of ${secretId} in place of`)
    expect([(await read()).value.client_secret, await appToken()]).toEqual([newSecret, oldSecret])

    const written = await read()
    expect((await run("replace", replaceOptions, { input: newSecret })).exitCode).toBe(0)
    expect([await read(), await appToken()]).toEqual([written, newSecret])
  })

  it("create says what was written, and run again finishes", async () => {
    const endpoint = await startInFront(onAppToken(["CreateSecret"], { error: "AccessDeniedException" }))
    const failed = await run("create", createOptions, { input: newSecret, endpoint })
    expect([failed.exitCode, failed.stderr]).toEqual([
      1,
      `${unwritten}${denied.replace("PutSecretValue", "CreateSecret")}\n`,
    ])
    const written = await read()
    expect(await appToken()).toBeUndefined()

    expect((await run("create", createOptions, { input: newSecret })).exitCode).toBe(0)
    expect([await read(), await appToken()]).toEqual([written, newSecret])
  })

  it("because it is scheduled for deletion, nothing is changed", async () => {
    put(stored)
    aws.put(appTokenId, oldSecret)
    const before = await read()
    const endpoint = await startInFront(
      onAppToken(["DescribeSecret"], { adds: { DeletedDate: 1_795_000_000 } }),
    )
    expect(await run("replace", replaceOptions, { input: newSecret, endpoint })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr:
        `"${appTokenId}" in eu-west-1 is scheduled for deletion (2026-11-18). To keep it: ` +
        `aws secretsmanager restore-secret --secret-id ${appTokenId} --region eu-west-1\n`,
    })
    expect([await read(), await appToken()]).toEqual([before, oldSecret])
  })

  it.each([
    ["JSON", JSON.stringify(stored)],
    ["a private key", "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n"],
    ["a private key in XML", "<RSAKeyValue><Modulus>canary</Modulus></RSAKeyValue>"],
  ])("because it contains %s, nothing is changed", async (_what, text) => {
    put(stored)
    aws.put(appTokenId, text)
    const before = await read()
    const { exitCode, stderr } = await run("replace", replaceOptions, { input: newSecret })
    expect([exitCode, stderr]).toEqual([
      1,
      `"${appTokenId}" contains something else than a client secret, so it is not overwritten. ` +
        "Name another secret, or delete this one.\n",
    ])
    expect([await read(), await appToken()]).toEqual([before, text])
  })
})

describe("when the first secret cannot be written", () => {
  it.each([
    ["PutSecretValue", { error: "AccessDeniedException" }],
    ["UpdateSecretVersionStage", { error: "AccessDeniedException" }],
    ["PutSecretValue", "hangs up" as const],
  ])("because %s fails with %j, the app token secret is left alone", async (operation, meddling) => {
    put(stored)
    aws.put(appTokenId, oldSecret)
    const before = await stagesByVersion()
    const calls: string[] = []
    const endpoint = await startInFront((call) => {
      if (call.secretId === appTokenId) calls.push(call.operation)
      return call.secretId === secretId && call.operation === operation ? meddling : undefined
    })
    const { exitCode, stderr } = await run("replace", replaceOptions, { input: newSecret, endpoint })
    expect(exitCode).toBe(1)
    expect(stderr).not.toContain("contains the client secret")
    expect(await stagesByVersion()).toMatchObject(before)
    expect((await read()).value).toEqual(stored)
    expect(calls).toEqual(["DescribeSecret", "GetSecretValue"])
  })
})

describe("status", () => {
  it("says that the app token secret contains the client secret", async () => {
    put(stored)
    aws.put(appTokenId, oldSecret)
    const { exitCode, stdout } = await run("status", [])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      new RegExp(
        `App token secret ${appTokenId} in eu-west-1\n  It contains the client secret of "${secretId}".\n$`,
      ),
    )
  })

  it.each([
    ["another value", "canary-other", `It differs from the client secret of "${secretId}".`],
    ["a line end behind it", `${oldSecret}\n`, `of "${secretId}": it begins or ends with white space.`],
    ["a control character", "can\u001bary", `of "${secretId}": it contains a control character.`],
    ["JSON around it", JSON.stringify({ client_secret: oldSecret }), "It differs from the client secret of"],
  ])("fails when the app token secret contains %s", async (_what, text, said) => {
    put(stored)
    aws.put(appTokenId, text)
    const { exitCode, stdout } = await run("status", [])
    expect(exitCode).toBe(1)
    expect(stdout).toContain(said)
    expect(stdout).toContain(`  Next: ${next("create")}\n`)
  })

  it("fails when there is no app token secret, or it has no value", async () => {
    put(stored)
    const absent = await run("status", [])
    expect([absent.exitCode, absent.stdout.includes(`"${appTokenId}" does not exist in eu-west-1.`)]).toEqual(
      [1, true],
    )
    await client.createSecret({ Name: appTokenId })
    const empty = await run("status", [])
    expect([empty.exitCode, empty.stdout.includes(`"${appTokenId}" has no value in eu-west-1.`)]).toEqual([
      1,
      true,
    ])
  })

  it("fails when the app token secret may not be read", async () => {
    put(stored)
    aws.put(appTokenId, oldSecret)
    const endpoint = await startInFront(onAppToken(["GetSecretValue"], { error: "AccessDeniedException" }))
    const { exitCode, stdout } = await run("status", [], { endpoint })
    expect(exitCode).toBe(1)
    expect(stdout).toContain(
      `These credentials may not call secretsmanager:GetSecretValue on "${appTokenId}" in eu-west-1. `,
    )
  })
})
