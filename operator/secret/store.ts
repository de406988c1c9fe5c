import { randomUUID } from "node:crypto"
import {
  ResourceNotFoundException,
  SecretsManager,
  type DescribeSecretCommandOutput,
} from "@aws-sdk/client-secrets-manager"
import { CommandFailure } from "../failure.ts"
import { explain, type SecretLocation } from "./aws-failure.ts"

/** One secret in AWS Secrets Manager. Every method throws `CommandFailure`. */
export interface SecretStore {
  readonly secretId: string
  readonly region: string
  /** `empty` when a stack has created the secret without a value. */
  state(): Promise<"absent" | "empty" | "written">
  describe(): Promise<DescribeSecretCommandOutput>
  /** Reads the current version, or the given one. */
  read(versionId?: string): Promise<SecretVersion>
  /** Creates the secret, which must not exist yet. Without a key, AWS's own encrypts it. Returns the id of its version. */
  create(text: string, kmsKeyId?: string): Promise<string>
  /** Writes the first value of an empty secret. Returns the id of its version. */
  fill(text: string): Promise<string>
  /** Writes a new current version, if `current` still is the current one. Returns its id. */
  replace(current: SecretVersion, text: string): Promise<string>
}

export interface SecretVersion {
  readonly id: string
  readonly createdAt: Date | undefined
  /** Undefined for a binary value. */
  readonly text: string | undefined
}

export interface StoreOptions {
  readonly secretId: string
  /** Region and endpoint follow the AWS SDK's own rules unless given. */
  readonly region: string | undefined
  readonly endpoint: string | undefined
}

/** `option` is the one that named the secret. A failure tells the operator to check it. */
export async function openStore(
  { secretId, region, endpoint }: StoreOptions,
  option: SecretLocation["option"] = "--secret-id",
): Promise<SecretStore> {
  const client = new SecretsManager({ ...(region && { region }), ...(endpoint && { endpoint }) })
  const place = { secretId, region: await regionOf(client) }
  const SecretId = secretId

  async function call<Output>(name: string, send: () => Promise<Output>): Promise<Output> {
    try {
      return await send()
    } catch (error) {
      throw explain(error, name, { ...place, option })
    }
  }

  const describe = () => call("DescribeSecret", () => client.describeSecret({ SecretId }))

  async function state(): Promise<"absent" | "empty" | "written"> {
    try {
      const { VersionIdsToStages = {}, DeletedDate } = await describe()
      return Object.keys(VersionIdsToStages).length === 0 && !DeletedDate ? "empty" : "written"
    } catch (failure) {
      if (isNotFound(failure)) return "absent"
      throw failure
    }
  }

  async function holderOfCurrent(): Promise<string | undefined> {
    const { VersionIdsToStages = {} } = await describe()
    return Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes("AWSCURRENT"))
  }

  /** `ClientRequestToken` makes the call idempotent, so the SDK may retry it. */
  async function addPending(text: string): Promise<string> {
    const id = randomUUID()
    const version = { ClientRequestToken: id, SecretString: text, VersionStages: ["AWSPENDING"] }
    await call("PutSecretValue", () => client.putSecretValue({ SecretId, ...version }))
    return id
  }

  /** Names the version that was read, so that Secrets Manager refuses if the label has moved meanwhile. */
  async function makeCurrent(id: string, from: SecretVersion): Promise<void> {
    const move = { VersionStage: "AWSCURRENT", MoveToVersionId: id, RemoveFromVersionId: from.id }
    try {
      await call("UpdateSecretVersionStage", () => client.updateSecretVersionStage({ SecretId, ...move }))
    } catch (failure) {
      // The label may have been moved although the answer was lost.
      const holder = await holderOfCurrent()
      if (holder === id) return
      await dropPending(id)
      if (holder === from.id) throw failure
      throw new CommandFailure(
        `"${secretId}" was changed by somebody else while this command ran: nothing was changed here. Check its status and start again.`,
        { cause: failure },
      )
    }
  }

  /** Removes the label. Secrets Manager deletes a version without labels. */
  async function dropPending(id: string): Promise<void> {
    const drop = { VersionStage: "AWSPENDING", RemoveFromVersionId: id }
    // A failure is harmless: only this program uses the label, and its next change moves it.
    await client.updateSecretVersionStage({ SecretId, ...drop }).catch(() => undefined)
  }

  return {
    ...place,
    state,
    describe,
    async read(versionId) {
      const which = versionId === undefined ? {} : { VersionId: versionId }
      const output = await call("GetSecretValue", () => client.getSecretValue({ SecretId, ...which }))
      return { id: output.VersionId ?? "", createdAt: output.CreatedDate, text: output.SecretString }
    },
    async create(text, kmsKeyId) {
      const secret = { Name: secretId, ClientRequestToken: randomUUID(), SecretString: text }
      const key = kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }
      const output = await call("CreateSecret", () => client.createSecret({ ...secret, ...key }))
      return output.VersionId ?? ""
    },
    async fill(text) {
      const first = { SecretId, ClientRequestToken: randomUUID(), SecretString: text }
      const output = await call("PutSecretValue", () => client.putSecretValue(first))
      return output.VersionId ?? ""
    },
    async replace(current, text) {
      const id = await addPending(text)
      await makeCurrent(id, current)
      await dropPending(id)
      return id
    },
  }
}

function isNotFound(failure: unknown): boolean {
  return failure instanceof CommandFailure && failure.cause instanceof ResourceNotFoundException
}

async function regionOf(client: SecretsManager): Promise<string> {
  try {
    return await client.config.region()
  } catch (error) {
    throw new CommandFailure("There is no AWS region: pass --region, or set AWS_REGION.", { cause: error })
  }
}
