import { randomUUID } from "node:crypto"
import { AwsError } from "./aws-error.ts"

/** A value in a request or an answer: text, or bytes in base64. */
export type SecretValue = { readonly SecretString: string } | { readonly SecretBinary: string }

/** One version. A version that has lost its last stage can still be read by its id. */
export interface StoredVersion {
  readonly id: string
  readonly value: SecretValue
  readonly createdAt: Date
  readonly stages: Set<string>
}

/** One secret with all its versions, oldest first. */
export interface StoredSecret {
  readonly arn: string
  readonly name: string
  readonly description: string | undefined
  /** The key that would encrypt it; undefined for AWS's own. Nothing is encrypted here. */
  readonly kmsKeyId: string | undefined
  readonly createdAt: Date
  readonly versions: Map<string, StoredVersion>
}

/** A secret without a value. The ARN ends in six random characters, as real ones do. */
export function emptySecret(name: string, description?: string, kmsKeyId?: string): StoredSecret {
  const suffix = randomUUID().slice(0, 6)
  const arn = `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${name}-${suffix}`
  return { arn, name, description, kmsKeyId, createdAt: new Date(), versions: new Map() }
}

/**
 * Adds a version and moves the stages to it. The first version of a secret always becomes AWSCURRENT.
 *
 * The same id with the same value changes nothing, so that a repeated call is safe; with another value it is refused.
 */
export function addVersion(
  secret: StoredSecret,
  value: SecretValue,
  id: string = randomUUID(),
  stages: readonly string[] = ["AWSCURRENT"],
): StoredVersion {
  const existing = secret.versions.get(id)
  if (existing) {
    if (JSON.stringify(existing.value) === JSON.stringify(value)) return existing
    throw new AwsError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`,
    )
  }
  const version: StoredVersion = { id, value, createdAt: new Date(), stages: new Set() }
  const isFirst = secret.versions.size === 0
  secret.versions.set(id, version)
  for (const stage of new Set(isFirst ? ["AWSCURRENT", ...stages] : stages)) moveStage(secret, stage, version)
  return version
}

/** Moves a stage to the version `to`, or removes it. The version that loses AWSCURRENT gets AWSPREVIOUS. */
export function moveStage(secret: StoredSecret, stage: string, to: StoredVersion | undefined): void {
  const from = holderOf(secret, stage)
  if (from === to) return
  from?.stages.delete(stage)
  to?.stages.add(stage)
  if (stage === "AWSCURRENT" && from) moveStage(secret, "AWSPREVIOUS", from)
}

/** The version that has a stage. */
export function holderOf(secret: StoredSecret, stage: string): StoredVersion | undefined {
  return [...secret.versions.values()].find((version) => version.stages.has(stage))
}
