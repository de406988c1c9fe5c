import { SecretsManager } from "@aws-sdk/client-secrets-manager"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { randomCredentials } from "../../local/credentials.ts"
import { startSecretsManager, type LocalSecretsManager } from "../../local/secrets-manager.ts"
import { send, signedHeaders } from "../support/signed-request.ts"

const credentials = randomCredentials()

let local: LocalSecretsManager
let client: SecretsManager

beforeEach(async () => {
  local = await startSecretsManager({ credentials })
  const { region } = credentials
  client = new SecretsManager({ endpoint: local.url, region, credentials, maxAttempts: 1 })
})

afterEach(async () => {
  client.destroy()
  await local.close()
})

const SecretId = "app/client"
const first = "00000000-0000-4000-8000-000000000001"
const second = "00000000-0000-4000-8000-000000000002"
const third = "00000000-0000-4000-8000-000000000003"

function create(SecretString = "one") {
  return client.createSecret({ Name: SecretId, SecretString, ClientRequestToken: first })
}

function put(SecretString: string, ClientRequestToken: string, VersionStages?: string[]) {
  return client.putSecretValue({ SecretId, SecretString, ClientRequestToken, VersionStages })
}

function get(selector: { VersionId?: string; VersionStage?: string } = {}) {
  return client.getSecretValue({ SecretId, ...selector })
}

/** Moves a stage, AWSCURRENT unless given. */
function move(MoveToVersionId?: string, RemoveFromVersionId?: string, VersionStage = "AWSCURRENT") {
  return client.updateSecretVersionStage({ SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId })
}

async function stages() {
  return (await client.describeSecret({ SecretId })).VersionIdsToStages
}

describe("a secret of the local Secrets Manager", () => {
  it("is found by its name, its ARN and its ARN without the suffix", async () => {
    const { ARN = "", VersionId } = await create()
    expect(VersionId).toBe(first)
    expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:000000000000:secret:app\/client-.{6}$/)
    const secret = { ARN, Name: SecretId, VersionId, VersionStages: ["AWSCURRENT"], SecretString: "one" }
    for (const id of [SecretId, ARN, ARN.slice(0, -7)])
      expect(await client.getSecretValue({ SecretId: id })).toMatchObject(secret)
  })

  it("is gone at once when a test removes it", async () => {
    await create()
    local.remove(SecretId)
    await expect(get()).rejects.toMatchObject({ name: "ResourceNotFoundException" })
  })

  it("keeps bytes as bytes, its key, and the time of its creation", async () => {
    const before = Date.now() - 1
    const SecretBinary = Uint8Array.of(0, 255, 1)
    const KmsKeyId = "arn:aws:kms:eu-west-1:000000000000:key/example"
    await client.createSecret({ Name: SecretId, SecretBinary, KmsKeyId })
    const { CreatedDate, ...answer } = await get()
    expect(answer).toMatchObject({ SecretBinary })
    expect(answer).not.toHaveProperty("SecretString")
    expect(CreatedDate?.getTime()).toBeGreaterThanOrEqual(before)
    const described = await client.describeSecret({ SecretId })
    expect(described).toMatchObject({ KmsKeyId, LastChangedDate: CreatedDate })
  })

  it("is created by put, which later gives it a new current version, and every read is counted", async () => {
    for (const text of ["zero", "one", "two"]) local.put(SecretId, text)
    expect((await get()).SecretString).toBe("two")
    expect((await get({ VersionStage: "AWSPREVIOUS" })).SecretString).toBe("one")
    await expect(get({ VersionStage: "AWSPENDING" })).rejects.toThrow()
    expect(local.reads).toBe(3)
  })
})

describe("a version of a secret", () => {
  it("that is pending stays apart until AWSCURRENT is moved to it, which can be moved back", async () => {
    await create()
    await put("two", second, ["AWSPENDING"])
    expect((await get()).SecretString).toBe("one")
    expect((await get({ VersionId: second })).SecretString).toBe("two")
    await move(second, first)
    expect(await stages()).toEqual({ [first]: ["AWSPREVIOUS"], [second]: ["AWSPENDING", "AWSCURRENT"] })
    await move(first, second)
    expect(await stages()).toEqual({ [first]: ["AWSCURRENT"], [second]: ["AWSPENDING", "AWSPREVIOUS"] })
    await move(undefined, second, "AWSPENDING")
    expect(await stages()).toEqual({ [first]: ["AWSCURRENT"], [second]: ["AWSPREVIOUS"] })
  })

  it("is accepted twice when it is the same", async () => {
    for (const { VersionId } of [await create(), await create(), await put("one", first)])
      expect(VersionId).toBe(first)
    expect(await stages()).toEqual({ [first]: ["AWSCURRENT"] })
  })
})

describe("the local Secrets Manager refuses, with AWS's name for the error,", () => {
  const read = (id: string | undefined) => client.getSecretValue({ SecretId: id })

  it.each<[string, string, () => Promise<unknown>]>([
    ["a secret that is not there", "ResourceNotFoundException", () => read("x")],
    ["a version that is not there", "ResourceNotFoundException", () => get({ VersionId: third })],
    ["a stage that is not there", "ResourceNotFoundException", () => get({ VersionStage: "AWSPENDING" })],
    ["a secret without a value", "ResourceNotFoundException", () => read("empty")],
    ["a name that is taken", "ResourceExistsException", () => create("other")],
    ["a version with another value", "ResourceExistsException", () => put("other", first)],
    ["a put without a value", "InvalidRequestException", () => client.putSecretValue({ SecretId })],
    ["a stage of another", "InvalidRequestException", () => get({ VersionId: second, VersionStage: "A" })],
    ["a short token", "InvalidParameterException", () => put("three", "short")],
    ["a move from nowhere", "InvalidParameterException", () => move(first)],
    ["a move to nowhere", "InvalidParameterException", () => move(undefined, second)],
    ["a move from another", "InvalidParameterException", () => move(undefined, first)],
    ["a missing id", "ValidationException", () => read(undefined)],
    ["a name with a space", "ValidationException", () => client.createSecret({ Name: "my secret" })],
    ["a call that it does not have", "UnknownOperationException", () => client.listSecrets({})],
  ])("%s", async (_what, name, call) => {
    await create()
    await put("two", second)
    await client.createSecret({ Name: "empty" })
    await expect(call()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } })
  })

  it("what is not a JSON object", async () => {
    const headers = { "x-amz-target": "secretsmanager.GetSecretValue" }
    const post = { url: local.url, service: "secretsmanager", headers, body: "{", credentials }
    const answer = await send(post.url, await signedHeaders(post), post.body)
    expect(answer).toMatchObject({ status: 400, type: "SerializationException" })
  })
})

describe("an outage of the local Secrets Manager", () => {
  it.each([
    ["down", "InternalServiceError", 503],
    ["throttled", "ThrottlingException", 400],
    ["denied", "AccessDeniedException", 400],
  ] as const)("is answered as AWS does when it is %s, and ends", async (outage, name, httpStatusCode) => {
    await create()
    local.outage = outage
    await expect(get()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } })
    local.outage = undefined
    expect((await get()).SecretString).toBe("one")
  })

  it("can be that of one secret alone", async () => {
    await create()
    local.put("app/other", "two")
    const getOther = () => client.getSecretValue({ SecretId: "app/other" })
    local.fail("app/other", "denied")
    await expect(getOther()).rejects.toMatchObject({ name: "AccessDeniedException" })
    expect((await get()).SecretString).toBe("one")
    local.fail("app/other", "slow")
    const held = getOther()
    await expect.poll(() => local.reads).toBe(3)
    local.fail("app/other", undefined)
    expect((await held).SecretString).toBe("two")
  })

  it("holds every call while it is slow, until the switch changes or the server closes", async () => {
    await create()
    local.outage = "slow"
    const held = get()
    await expect.poll(() => local.reads).toBe(1)
    local.outage = undefined
    expect((await held).SecretString).toBe("one")
    local.outage = "slow"
    const cut = expect(get()).rejects.toThrow()
    await expect.poll(() => local.reads).toBe(2)
    await local.close()
    await cut
  })
})
