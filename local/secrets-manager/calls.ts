import { AwsError } from "./aws-error.ts"
import type { SecretsManagerRequest } from "./request.ts"
import { readOptionalString, readStages, readString, readValue, readVersionId } from "./request.ts"
import { addVersion, holderOf, moveStage, emptySecret } from "./secret.ts"
import type { Secrets } from "./select.ts"
import { readNamedVersion, readSecret, readVersion } from "./select.ts"

type Call = (secrets: Secrets, request: SecretsManagerRequest) => object

/**
 * The calls, by their name in `X-Amz-Target`. Each returns its answer or throws an `AwsError`.
 *
 * @see {@link https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html}
 */
export const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["CreateSecret", createSecret],
  ["PutSecretValue", putSecretValue],
  ["GetSecretValue", getSecretValue],
  ["DescribeSecret", describeSecret],
  ["UpdateSecretVersionStage", updateSecretVersionStage],
])

function createSecret(secrets: Secrets, request: SecretsManagerRequest): object {
  const name = readString(request, "Name")
  if (!/^[\w/+=.@!-]{1,512}$/.test(name)) {
    throw new AwsError(
      "ValidationException",
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    )
  }
  const value = readValue(request)
  const versionId = readVersionId(request)
  const existing = secrets.get(name)
  // A repeated call has the same token. Whether it also has the same value is checked by addVersion.
  if (existing && (versionId === undefined || !existing.versions.has(versionId))) {
    throw new AwsError(
      "ResourceExistsException",
      `The operation failed because the secret ${name} already exists.`,
    )
  }
  const description = readOptionalString(request, "Description")
  const secret = existing ?? emptySecret(name, description, readOptionalString(request, "KmsKeyId"))
  const version = value && addVersion(secret, value, versionId)
  secrets.set(name, secret)
  return { ARN: secret.arn, Name: name, VersionId: version?.id }
}

function putSecretValue(secrets: Secrets, request: SecretsManagerRequest): object {
  const secret = readSecret(secrets, request)
  const value = readValue(request)
  if (!value) {
    throw new AwsError("InvalidRequestException", "You must provide either SecretString or SecretBinary.")
  }
  const version = addVersion(secret, value, readVersionId(request), readStages(request))
  return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: [...version.stages] }
}

function getSecretValue(secrets: Secrets, request: SecretsManagerRequest): object {
  const secret = readSecret(secrets, request)
  const version = readVersion(secret, request)
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    VersionStages: [...version.stages],
    CreatedDate: awsTimestamp(version.createdAt),
    ...version.value,
  }
}

function describeSecret(secrets: Secrets, request: SecretsManagerRequest): object {
  const secret = readSecret(secrets, request)
  const staged = [...secret.versions.values()].filter(({ stages }) => stages.size > 0)
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    CreatedDate: awsTimestamp(secret.createdAt),
    LastChangedDate: awsTimestamp([...secret.versions.values()].at(-1)?.createdAt ?? secret.createdAt),
    VersionIdsToStages: Object.fromEntries(staged.map(({ id, stages }) => [id, [...stages]])),
  }
}

function updateSecretVersionStage(secrets: Secrets, request: SecretsManagerRequest): object {
  const secret = readSecret(secrets, request)
  const stage = readString(request, "VersionStage")
  const to = readNamedVersion(secret, request, "MoveToVersionId")
  const from = readNamedVersion(secret, request, "RemoveFromVersionId")
  const holder = holderOf(secret, stage)
  if (holder && holder !== to && holder !== from) {
    throw new AwsError(
      "InvalidParameterException",
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ` +
        `${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  }
  if (from && from !== holder) {
    throw new AwsError(
      "InvalidParameterException",
      `Version ${from.id} does not have the staging label ${stage}.`,
    )
  }
  if (stage === "AWSCURRENT" && !to) {
    throw new AwsError(
      "InvalidParameterException",
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    )
  }
  moveStage(secret, stage, to)
  return { ARN: secret.arn, Name: secret.name }
}

/** AWS JSON writes a time as Unix seconds with a fraction. */
function awsTimestamp(date: Date): number {
  return date.getTime() / 1000
}
