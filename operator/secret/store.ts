import { randomUUID } from "node:crypto"
import { SecretsManager, type DescribeSecretCommandOutput } from "@aws-sdk/client-secrets-manager"
import { readRefusal } from "../../lib/credentials/secret-refusal.ts"
import { CommandFailure } from "../failure.ts"
import { regionOf } from "../region.ts"
import {
  explain,
  hasNoValue,
  isReplica,
  isScheduledForDeletion,
  type SecretFacts,
  type SecretLocation,
} from "./aws-failure.ts"

/** One secret in AWS Secrets Manager. Every method throws `CommandFailure`. */
export interface SecretStore extends SecretLocation {
  /** `empty` without a current version, for example when a stack has created the secret without a value. */
  state(): Promise<"absent" | "empty" | "written">
  /** What the secret has before a change. Throws also if it cannot be changed: a replica, or scheduled for deletion. */
  current(): Promise<CurrentValue>
  /** As `current`, for a change of a value that must be there. */
  currentVersion(): Promise<SecretVersion>
  describe(): Promise<DescribeSecretCommandOutput>
  /** Reads the current version, or the given one. */
  read(versionId?: string): Promise<SecretVersion>
  /** Creates the secret, which must not exist yet. Without a key, AWS's own encrypts it. Returns the id of its version. */
  create(text: string, kmsKeyId?: string): Promise<string>
  /** Writes a new current version, if `current` still is the current one. Returns its id. */
  replace(current: SecretVersion | "empty", text: string): Promise<string>
}

/** What a secret has before a change: its current version, no version, or it does not exist. */
export type CurrentValue = SecretVersion | "absent" | "empty"

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
  /** What names the secret and its region, for an operator to check. */
  readonly namedBy?: string
  /** The command that stores its first value. */
  readonly createdBy?: string
}

/** `option` is the one that named the secret, unless `namedBy` says more. */
export async function openStore(options: StoreOptions, option = "--secret-id"): Promise<SecretStore> {
  const { secretId, region, endpoint } = options
  const client = new SecretsManager({ ...(region && { region }), ...(endpoint && { endpoint }) })
  const place: SecretLocation = {
    secretId,
    region: await regionOf(client),
    namedBy: options.namedBy ?? `${option} and --region`,
    createdBy: options.createdBy ?? `npm run secret -- create ${option} ${secretId}`,
  }
  const SecretId = secretId

  async function call<Output>(
    name: string,
    send: () => Promise<Output>,
    known: SecretFacts = {},
  ): Promise<Output> {
    try {
      return await send()
    } catch (error) {
      throw explain(error, name, place, {
        ...known,
        ...(name !== "DescribeSecret" && (await factsFor(error))),
      })
    }
  }

  /** What explains the failure beside its error. A failure to read that must not hide the first one. */
  async function factsFor(error: unknown): Promise<SecretFacts> {
    if (readRefusal(error) !== "key_unusable" && !isInvalid(error)) return {}
    return await client.describeSecret({ SecretId }).catch(() => ({}))
  }

  const describe = () => call("DescribeSecret", () => client.describeSecret({ SecretId }))

  async function describeIfExists(): Promise<DescribeSecretCommandOutput | undefined> {
    try {
      const description = await describe()
      const { DeletedDate } = description
      if (DeletedDate) throw new CommandFailure(isScheduledForDeletion(place, DeletedDate))
      return description
    } catch (failure) {
      if (failure instanceof CommandFailure && readRefusal(failure.cause) === "no_secret") return undefined
      throw failure
    }
  }

  async function read(versionId?: string): Promise<SecretVersion> {
    const which = versionId === undefined ? {} : { VersionId: versionId }
    const output = await call("GetSecretValue", () => client.getSecretValue({ SecretId, ...which }))
    return { id: output.VersionId ?? "", createdAt: output.CreatedDate, text: output.SecretString }
  }

  async function current(): Promise<CurrentValue> {
    const description = await describeIfExists()
    if (description === undefined) return "absent"
    const { PrimaryRegion } = description
    if (PrimaryRegion !== undefined && PrimaryRegion !== place.region) {
      throw new CommandFailure(isReplica(place, PrimaryRegion))
    }
    return holderOf(description) === undefined ? "empty" : await read()
  }

  /** `ClientRequestToken` makes the call idempotent, so the SDK may retry it. */
  async function addPending(text: string): Promise<string> {
    const id = randomUUID()
    const version = { ClientRequestToken: id, SecretString: text, VersionStages: ["AWSPENDING"] }
    await call("PutSecretValue", () => client.putSecretValue({ SecretId, ...version }))
    return id
  }

  /** Names the version that was read, so that Secrets Manager refuses if the label has moved meanwhile. */
  async function makeCurrent(id: string, from: string | undefined): Promise<void> {
    const move = { VersionStage: "AWSCURRENT", MoveToVersionId: id, RemoveFromVersionId: from }
    try {
      await call("UpdateSecretVersionStage", () => client.updateSecretVersionStage({ SecretId, ...move }))
    } catch (failure) {
      // The label may have been moved although the answer was lost.
      const holder = holderOf(await describe())
      if (holder === id) return
      await dropPending(id)
      if (holder === from) throw failure
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
    describe,
    read,
    current,
    async state() {
      const description = await describeIfExists()
      if (description === undefined) return "absent"
      return holderOf(description) === undefined ? "empty" : "written"
    },
    async currentVersion() {
      const value = await current()
      if (typeof value === "object") return value
      if (value === "empty") throw new CommandFailure(hasNoValue(place))
      // Throws the failure that says so.
      return await read()
    },
    async create(text, kmsKeyId) {
      const secret = { Name: secretId, ClientRequestToken: randomUUID(), SecretString: text }
      const key = { KmsKeyId: kmsKeyId }
      const output = await call("CreateSecret", () => client.createSecret({ ...secret, ...key }), key)
      return output.VersionId ?? ""
    },
    async replace(from, text) {
      const id = await addPending(text)
      // The first version of a secret gets the label AWSCURRENT by itself.
      if (from !== "empty" || holderOf(await describe()) !== id) {
        await makeCurrent(id, from === "empty" ? undefined : from.id)
      }
      await dropPending(id)
      return id
    },
  }
}

/** Says of a secret that is not written what it lacks. */
export function whatIsMissing({ secretId, region }: SecretStore, state: "absent" | "empty"): string {
  return `"${secretId}" ${state === "absent" ? "does not exist" : "has no value"} in ${region}.`
}

/** Refuses to create a secret whose name is an ARN. */
export function checkCreatable({ secretId, namedBy }: SecretStore, current: CurrentValue): void {
  if (current !== "absent" || !secretId.startsWith("arn:")) return
  throw new CommandFailure(
    `There is no secret "${secretId}". A secret is created by a name, not by an ARN: check ${namedBy}.`,
  )
}

/** Protects a secret that was named by mistake. */
export function refuseToOverwrite(
  { secretId }: SecretStore,
  what: "a client secret" | "a private key" | "signing keys",
): never {
  throw new CommandFailure(
    `"${secretId}" contains something else than ${what}, so it is not overwritten. Name another secret, or delete this one.`,
  )
}

/** The id of the version with the label AWSCURRENT. */
function holderOf({ VersionIdsToStages = {} }: DescribeSecretCommandOutput): string | undefined {
  return Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes("AWSCURRENT"))
}

/** A secret that is scheduled for deletion, or a replica. */
function isInvalid(error: unknown): boolean {
  return error instanceof Error && /^Invalid(Request|Parameter)Exception$/.test(error.name)
}
