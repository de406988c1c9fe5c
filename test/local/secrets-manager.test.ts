import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { randomCredentials } from "../../local/credentials.ts"
import type { LocalSecretsManager } from "../../local/secrets-manager.ts"
import { startSecretsManager } from "../../local/secrets-manager.ts"
import { send, signedHeaders } from "../support/signed-request.ts"

const credentials = randomCredentials()

let local: LocalSecretsManager
let client: SecretsManagerClient

beforeEach(async () => {
  local = await startSecretsManager({ credentials })
  client = new SecretsManagerClient({
    endpoint: local.url,
    region: credentials.region,
    credentials,
    maxAttempts: 1,
  })
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
  return client.send(new CreateSecretCommand({ Name: SecretId, SecretString, ClientRequestToken: first }))
}

function put(SecretString: string, ClientRequestToken: string, VersionStages?: string[]) {
  return client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken, VersionStages }))
}

function get(selector: { VersionId?: string; VersionStage?: string } = {}) {
  return client.send(new GetSecretValueCommand({ SecretId, ...selector }))
}

async function stages() {
  return (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages
}

describe("reading and writing", () => {
  it("gives back a created secret, by name, by ARN and by ARN without its suffix", async () => {
    const { ARN = "", VersionId } = await create()
    expect(VersionId).toBe(first)
    expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:000000000000:secret:app\/client-.{6}$/)
    for (const id of [SecretId, ARN, ARN.slice(0, -7)]) {
      expect(await client.send(new GetSecretValueCommand({ SecretId: id }))).toMatchObject({
        ARN,
        Name: SecretId,
        VersionId: first,
        VersionStages: ["AWSCURRENT"],
        SecretString: "one",
      })
    }
  })

  it("keeps bytes as bytes", async () => {
    const SecretBinary = Uint8Array.of(0, 255, 1)
    await client.send(new CreateSecretCommand({ Name: SecretId, SecretBinary }))
    const answer = await get()
    expect(answer.SecretBinary).toEqual(SecretBinary)
    expect(answer.SecretString).toBeUndefined()
  })

  it("dates the secret and its versions", async () => {
    const before = Date.now() - 1
    await create()
    const { CreatedDate } = await get()
    expect(CreatedDate?.getTime()).toBeGreaterThanOrEqual(before)
    const described = await client.send(new DescribeSecretCommand({ SecretId }))
    expect(described.LastChangedDate).toEqual(CreatedDate)
  })

  it("says which key was named when the secret was created", async () => {
    const KmsKeyId = "arn:aws:kms:eu-west-1:000000000000:key/example"
    await client.send(new CreateSecretCommand({ Name: SecretId, KmsKeyId }))
    expect((await client.send(new DescribeSecretCommand({ SecretId }))).KmsKeyId).toBe(KmsKeyId)
  })

  it("creates with put, and gives the secret a new current version with the next put", async () => {
    local.put(SecretId, "one")
    local.put(SecretId, "two")
    expect((await get()).SecretString).toBe("two")
    expect((await get({ VersionStage: "AWSPREVIOUS" })).SecretString).toBe("one")
  })

  it("counts the reads, failed ones too", async () => {
    await create()
    await get()
    await expect(get({ VersionStage: "AWSPENDING" })).rejects.toThrow()
    expect(local.reads).toBe(2)
  })
})

describe("versions and stages", () => {
  it("moves AWSCURRENT to a new version and AWSPREVIOUS to the one before", async () => {
    await create()
    await put("two", second)
    await put("three", third)
    expect(await stages()).toEqual({ [second]: ["AWSPREVIOUS"], [third]: ["AWSCURRENT"] })
    expect((await get({ VersionId: first })).SecretString).toBe("one")
  })

  it("keeps a pending version apart until AWSCURRENT is moved to it, and can move it back", async () => {
    await create()
    await put("two", second, ["AWSPENDING"])
    expect((await get()).SecretString).toBe("one")

    const move = { SecretId, VersionStage: "AWSCURRENT" }
    await client.send(
      new UpdateSecretVersionStageCommand({ ...move, MoveToVersionId: second, RemoveFromVersionId: first }),
    )
    expect(await stages()).toEqual({ [first]: ["AWSPREVIOUS"], [second]: ["AWSPENDING", "AWSCURRENT"] })

    await client.send(
      new UpdateSecretVersionStageCommand({ ...move, MoveToVersionId: first, RemoveFromVersionId: second }),
    )
    expect(await stages()).toEqual({ [first]: ["AWSCURRENT"], [second]: ["AWSPENDING", "AWSPREVIOUS"] })
  })

  it("removes a stage from a version", async () => {
    await create()
    await put("two", second, ["AWSPENDING"])
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: "AWSPENDING",
        RemoveFromVersionId: second,
      }),
    )
    expect(await stages()).toEqual({ [first]: ["AWSCURRENT"] })
  })

  it("accepts the same version twice", async () => {
    await create()
    expect((await create()).VersionId).toBe(first)
    expect((await put("one", first)).VersionId).toBe(first)
    expect(await stages()).toEqual({ [first]: ["AWSCURRENT"] })
  })
})

describe("errors, by the names the SDK gives them", () => {
  it("answers ResourceNotFoundException for an unknown secret, version and stage", async () => {
    await expect(get()).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Secrets Manager can't find the specified secret.",
      $metadata: { httpStatusCode: 400 },
    })
    await create()
    await expect(get({ VersionId: second })).rejects.toMatchObject({ name: "ResourceNotFoundException" })
    await expect(get({ VersionStage: "AWSPENDING" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    })
  })

  it("answers ResourceNotFoundException for a secret that has no value yet", async () => {
    await client.send(new CreateSecretCommand({ Name: SecretId }))
    await expect(get()).rejects.toMatchObject({ name: "ResourceNotFoundException" })
  })

  it("answers ResourceExistsException for a name or a version id that is taken", async () => {
    await create()
    const again = new CreateSecretCommand({ Name: SecretId, SecretString: "one", ClientRequestToken: second })
    await expect(client.send(again)).rejects.toMatchObject({ name: "ResourceExistsException" })
    await expect(create("other")).rejects.toMatchObject({ name: "ResourceExistsException" })
    await expect(put("other", first)).rejects.toMatchObject({ name: "ResourceExistsException" })
  })

  it("answers InvalidRequestException for a put without a value and for a stage of another version", async () => {
    await create()
    await expect(client.send(new PutSecretValueCommand({ SecretId }))).rejects.toMatchObject({
      name: "InvalidRequestException",
    })
    await expect(get({ VersionId: first, VersionStage: "AWSPREVIOUS" })).rejects.toMatchObject({
      name: "InvalidRequestException",
    })
  })

  it("answers InvalidParameterException for two values, a short token and a careless move of a stage", async () => {
    const invalid = { name: "InvalidParameterException" }
    await create()
    await put("two", second)
    const both = { SecretId, SecretString: "x", SecretBinary: Uint8Array.of(1) }
    await expect(client.send(new PutSecretValueCommand(both))).rejects.toMatchObject(invalid)
    await expect(put("three", "short")).rejects.toMatchObject(invalid)
    await expect(put("three", third, [])).rejects.toMatchObject(invalid)
    const move = { SecretId, VersionStage: "AWSCURRENT" }
    for (const careless of [
      { ...move, MoveToVersionId: first },
      { ...move, MoveToVersionId: first, RemoveFromVersionId: first },
      { ...move, RemoveFromVersionId: second },
      { SecretId, VersionStage: "AWSPENDING", RemoveFromVersionId: second },
    ]) {
      await expect(client.send(new UpdateSecretVersionStageCommand(careless))).rejects.toMatchObject(invalid)
    }
  })

  it("answers ValidationException for a missing id and for a name with forbidden characters", async () => {
    const missing = new GetSecretValueCommand({ SecretId: undefined })
    await expect(client.send(missing)).rejects.toMatchObject({ name: "ValidationException" })
    const spaced = new CreateSecretCommand({ Name: "my secret", SecretString: "x" })
    await expect(client.send(spaced)).rejects.toMatchObject({ name: "ValidationException" })
  })

  it("answers UnknownOperationException for a call it does not have", async () => {
    await expect(client.send(new ListSecretsCommand())).rejects.toMatchObject({
      name: "UnknownOperationException",
    })
  })

  it("answers SerializationException for what is not a JSON object", async () => {
    const headers = { "x-amz-target": "secretsmanager.GetSecretValue" }
    const post = { url: local.url, service: "secretsmanager", headers, body: "{", credentials }
    expect(await send(post.url, await signedHeaders(post), post.body)).toMatchObject({
      status: 400,
      type: "SerializationException",
    })
  })
})

describe("outages", () => {
  it.each([
    ["down", "InternalServiceError", 503],
    ["throttled", "ThrottlingException", 400],
    ["denied", "AccessDeniedException", 400],
  ] as const)("answers as AWS does when %s, and recovers", async (outage, name, httpStatusCode) => {
    await create()
    local.outage = outage
    await expect(get()).rejects.toMatchObject({ name, $metadata: { httpStatusCode } })
    local.outage = undefined
    expect((await get()).SecretString).toBe("one")
  })

  it("holds every call while slow, and answers when the switch changes", async () => {
    await create()
    local.outage = "slow"
    const held = get()
    await expect.poll(() => local.reads).toBe(1)
    local.outage = undefined
    expect((await held).SecretString).toBe("one")
  })

  it("cuts the held calls when it closes", async () => {
    await create()
    local.outage = "slow"
    const held = expect(get()).rejects.toThrow()
    await expect.poll(() => local.reads).toBe(1)
    await local.close()
    await held
    local = await startSecretsManager({ credentials })
  })
})

it("names the port when it is in use", async () => {
  const port = Number(new URL(local.url).port)
  await expect(startSecretsManager({ credentials, port })).rejects.toMatchObject({
    code: "EADDRINUSE",
    message: `port ${port} of 127.0.0.1 is already in use`,
  })
})
