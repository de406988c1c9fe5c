import { AwsError } from "./aws-error.ts"
import type { SecretValue } from "./secret.ts"

/** The JSON object of one call, not yet validated. */
export type SecretsManagerRequest = Readonly<Record<string, unknown>>

/** Reads a required field. */
export function readString(request: SecretsManagerRequest, field: string): string {
  const value = readOptionalString(request, field)
  if (value === undefined) {
    throw new AwsError(
      "ValidationException",
      `Value at '${field}' failed to satisfy constraint: Member must not be null`,
    )
  }
  return value
}

/** Reads an optional field. */
export function readOptionalString(request: SecretsManagerRequest, field: string): string | undefined {
  const value = request[field] ?? undefined
  if (value === undefined || typeof value === "string") return value
  throw new AwsError("SerializationException", `${field} must be a string`)
}

/** `VersionStages`: one to twenty labels. */
export function readStages(request: SecretsManagerRequest): readonly string[] | undefined {
  const stages = request.VersionStages ?? undefined
  if (stages === undefined) return undefined
  if (!Array.isArray(stages) || !stages.every((stage) => typeof stage === "string")) {
    throw new AwsError("SerializationException", "VersionStages must be a list of strings")
  }
  if (stages.length < 1 || stages.length > 20) {
    throw new AwsError("InvalidParameterException", "VersionStages must have 1 to 20 members.")
  }
  return stages
}

/** `ClientRequestToken`, which becomes the id of the version. */
export function readVersionId(request: SecretsManagerRequest): string | undefined {
  const token = readOptionalString(request, "ClientRequestToken")
  if (token === undefined || (token.length >= 32 && token.length <= 64)) return token
  throw new AwsError("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.")
}

/** The value of a new version, if there is one: text or bytes, never both. */
export function readValue(request: SecretsManagerRequest): SecretValue | undefined {
  const SecretString = readOptionalString(request, "SecretString")
  const SecretBinary = readOptionalString(request, "SecretBinary")
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw new AwsError(
      "InvalidParameterException",
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    )
  }
  if (SecretString !== undefined) return { SecretString }
  return SecretBinary === undefined ? undefined : { SecretBinary }
}
