import { readRefusal } from "../../lib/credentials/secret-refusal.ts"
import { explainConnection, explainCredentials, namesOf, profileOption } from "../aws-failure.ts"
import { CommandFailure } from "../failure.ts"
import { shellWord } from "../shell.ts"

/** The secret that a call was for. */
export interface SecretLocation {
  readonly secretId: string
  readonly region: string
  /** What names the secret and its region, for an operator to check. */
  readonly namedBy: string
  /** The command that stores its first value. */
  readonly createdBy: string
}

/** What DescribeSecret says of the secret, as far as it helps to explain a failure. */
export interface SecretFacts {
  readonly KmsKeyId?: string | undefined
  readonly DeletedDate?: Date | undefined
  readonly PrimaryRegion?: string | undefined
}

/** Describes the error of a call to Secrets Manager. Leaves out AWS's own text, because it may quote a secret. */
export function explain(
  error: unknown,
  call: string,
  place: SecretLocation,
  facts: SecretFacts = {},
): CommandFailure {
  const sentence =
    explainCredentials(error) ??
    explainConnection(error, "Secrets Manager") ??
    explainRefusal(error, call, place, facts) ??
    explainAnswer(error, call, place)
  return new CommandFailure(sentence, { cause: error })
}

function explainRefusal(
  error: unknown,
  call: string,
  place: SecretLocation,
  facts: SecretFacts,
): string | undefined {
  const { name, message } = namesOf(error)
  if (/^Invalid(Request|Parameter)Exception$/.test(name) && message.includes("replica secret")) {
    return isReplica(place, facts.PrimaryRegion ?? "its primary region")
  }
  switch (readRefusal(error)) {
    case "no_secret":
      return `There is no secret "${place.secretId}" in ${place.region}: check ${place.namedBy}. To create it: ${place.createdBy}`
    case "no_value":
      return hasNoValue(place)
    case "scheduled_for_deletion":
      return isScheduledForDeletion(place, facts.DeletedDate)
    case "denied":
      return (
        `These credentials may not call secretsmanager:${call} on "${place.secretId}" in ${place.region}. ` +
        `To see whose they are: aws sts get-caller-identity${profileOption()}`
      )
    case "key_unusable":
      return explainKey(message, call, place, facts.KmsKeyId)
    case undefined:
      return undefined
  }
}

/** The words of KMS, which Secrets Manager passes on, tell the state of the key. */
function explainKey(message: string, call: string, place: SecretLocation, key: string | undefined): string {
  const subject = `The KMS key of "${place.secretId}"${key === undefined ? "" : ` (${key})`}`
  const aws = (command: string): string =>
    `aws kms ${command} --key-id ${shellWord(key ?? "KEY")}${awsOptions(place)}`
  if (/disabled/i.test(message)) return `${subject} is disabled. To enable it: ${aws("enable-key")}`
  if (/pending ?deletion/i.test(message)) {
    return `${subject} is scheduled for deletion. To keep it: ${aws("cancel-key-deletion")} && ${aws("enable-key")}`
  }
  const needed = call === "GetSecretValue" ? "kms:Decrypt" : "kms:Decrypt and kms:GenerateDataKey"
  return (
    `${subject} cannot be used: these credentials need ${needed} on it, in an IAM policy and in the key's policy. ` +
    `To see whether it exists and is enabled: ${aws("describe-key")}`
  )
}

/** Every other error. An operator can look up its name. */
function explainAnswer(error: unknown, call: string, { secretId, region }: SecretLocation): string {
  const { name } = namesOf(error)
  if (name === "ResourceExistsException") {
    return `Somebody else has created "${secretId}" in ${region} meanwhile: nothing was changed here. Start again.`
  }
  if (/^(Throttling|TooManyRequests|RequestLimitExceeded)/.test(name)) {
    return `Secrets Manager gets too many requests from this account (${name}): try again in a moment.`
  }
  if (/^(Internal(ServiceError|Failure|ServerError)|ServiceUnavailable)/.test(name)) {
    return `Secrets Manager failed (${name}): try again, and see https://health.aws.amazon.com.`
  }
  if (name === "ValidationException" || name === "InvalidParameterException") {
    return (
      `Secrets Manager does not accept ${call} for "${secretId}" (${name}): a name has letters, digits and ` +
      "/_+=.@- only, and a value has at most 65,536 bytes."
    )
  }
  return `Secrets Manager answered ${call} for "${secretId}" with an error (${name}), which the AWS documentation of ${call} explains.`
}

export function isReplica(place: SecretLocation, primaryRegion: string): string {
  return (
    `"${place.secretId}" in ${place.region} is a replica of the secret in ${primaryRegion}, and can be changed only there: ` +
    `pass --region ${primaryRegion}.`
  )
}

export function hasNoValue(place: SecretLocation): string {
  return `"${place.secretId}" in ${place.region} has no current value. To store one: ${place.createdBy}`
}

export function isScheduledForDeletion(place: SecretLocation, date: Date | undefined): string {
  const since = date === undefined ? "" : ` (${date.toISOString().slice(0, 10)})`
  return (
    `"${place.secretId}" in ${place.region} is scheduled for deletion${since}. ` +
    `To keep it: aws secretsmanager restore-secret --secret-id ${shellWord(place.secretId)}${awsOptions(place)}`
  )
}

/** For a command of the AWS CLI. */
export function awsOptions({ region }: Pick<SecretLocation, "region">): string {
  return ` --region ${region}${profileOption()}`
}
