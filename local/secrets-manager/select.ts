import { AwsError } from "./aws-error.ts"
import type { SecretsManagerRequest } from "./request.ts"
import { readOptionalString, readString } from "./request.ts"
import type { StoredSecret, StoredVersion } from "./secret.ts"
import { holderOf } from "./secret.ts"

/** All secrets, by name. */
export type Secrets = Map<string, StoredSecret>

/** Finds a secret by its name, its ARN, or its ARN without the six characters that AWS added. */
export function findSecret(secrets: Secrets, id: string): StoredSecret | undefined {
  return (
    secrets.get(id) ??
    [...secrets.values()].find(({ arn }) => arn === id || arn.replace(/-[^-]{6}$/, "") === id)
  )
}

/** The secret that `SecretId` names. */
export function readSecret(secrets: Secrets, request: SecretsManagerRequest): StoredSecret {
  const secret = findSecret(secrets, readString(request, "SecretId"))
  if (secret) return secret
  throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

/** The version that `VersionId` and `VersionStage` select together; AWSCURRENT when neither is given. */
export function readVersion(secret: StoredSecret, request: SecretsManagerRequest): StoredVersion {
  const id = readOptionalString(request, "VersionId")
  const stage = readOptionalString(request, "VersionStage")
  const version = id === undefined ? holderOf(secret, stage ?? "AWSCURRENT") : secret.versions.get(id)
  if (!version) {
    const selector = id === undefined ? `staging label: ${stage ?? "AWSCURRENT"}` : `VersionId: ${id}`
    throw new AwsError(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${selector}`,
    )
  }
  if (stage !== undefined && !version.stages.has(stage)) {
    throw new AwsError(
      "InvalidRequestException",
      "You provided a VersionStage that is not associated to the provided VersionId.",
    )
  }
  return version
}

/** The version that one of the fields of UpdateSecretVersionStage names, if it is given. */
export function readNamedVersion(
  secret: StoredSecret,
  request: SecretsManagerRequest,
  field: "MoveToVersionId" | "RemoveFromVersionId",
): StoredVersion | undefined {
  const id = readOptionalString(request, field)
  if (id === undefined) return undefined
  const version = secret.versions.get(id)
  if (version) return version
  throw new AwsError(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret version: ${id}`,
  )
}
