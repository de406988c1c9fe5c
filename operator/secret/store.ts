import { randomUUID } from "node:crypto"
import {
  ResourceNotFoundException,
  SecretsManager,
  type DescribeSecretCommandOutput,
} from "@aws-sdk/client-secrets-manager"
import { CommandFailure } from "../failure.ts"
import { explain } from "./aws-failure.ts"

/** One secret in AWS Secrets Manager. Whatever fails is a `CommandFailure`. */
export interface SecretStore {
  readonly secretId: string
  readonly region: string
  /** Whether it is there, and has a value: a stack may have made it without one. */
  state(): Promise<"absent" | "empty" | "written">
  describe(): Promise<DescribeSecretCommandOutput>
  /** The current version, or the one named. */
  read(versionId?: string): Promise<SecretVersion>
  /** Makes the secret, which must not be there yet; gives the id of its version. */
  create(text: string): Promise<string>
  /** Gives a secret without a value its first; gives the id of its version. */
  fill(text: string): Promise<string>
  /** Makes a new current version, if `current` is the current one still; gives its id. */
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
  /** Both by the AWS SDK's own rules unless given. */
  readonly region: string | undefined
  readonly endpoint: string | undefined
}

export async function openStore({ secretId, region, endpoint }: StoreOptions): Promise<SecretStore> {
  const client = new SecretsManager({ ...(region && { region }), ...(endpoint && { endpoint }) })
  const place = { secretId, region: await regionOf(client) }
  const SecretId = secretId

  async function call<Output>(name: string, send: () => Promise<Output>): Promise<Output> {
    try {
      return await send()
    } catch (error) {
      throw explain(error, name, place)
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

  /** Both calls are safe to repeat, so the SDK may. */
  async function addPending(text: string): Promise<string> {
    const id = randomUUID()
    const version = { ClientRequestToken: id, SecretString: text, VersionStages: ["AWSPENDING"] }
    await call("PutSecretValue", () => client.putSecretValue({ SecretId, ...version }))
    return id
  }

  /** Only from the version that was read: Secrets Manager itself refuses when the label has moved on meanwhile. */
  async function makeCurrent(id: string, from: SecretVersion): Promise<void> {
    const move = { VersionStage: "AWSCURRENT", MoveToVersionId: id, RemoveFromVersionId: from.id }
    try {
      await call("UpdateSecretVersionStage", () => client.updateSecretVersionStage({ SecretId, ...move }))
    } catch (failure) {
      // The answer to a move that was done may have been lost.
      const holder = await holderOfCurrent()
      if (holder === id) return
      await dropPending(id)
      if (holder === from.id) throw failure
      throw new CommandFailure(
        `"${secretId}" was changed by somebody else while this ran: nothing was changed here. Look at its status and start again.`,
        { cause: failure },
      )
    }
  }

  /** Secrets Manager throws a version without any label away. */
  async function dropPending(id: string): Promise<void> {
    const drop = { VersionStage: "AWSPENDING", RemoveFromVersionId: id }
    // Nobody uses the label but this program, which moves it at its next change.
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
    async create(text) {
      const secret = { Name: secretId, ClientRequestToken: randomUUID(), SecretString: text }
      const output = await call("CreateSecret", () => client.createSecret(secret))
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
