import {
  DecryptionFailure,
  EncryptionFailure,
  InvalidParameterException,
  InvalidRequestException,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerServiceException,
} from "@aws-sdk/client-secrets-manager"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { CommandFailure } from "../../../operator/failure.ts"
import { explain, type SecretFacts } from "../../../operator/secret/aws-failure.ts"
import { openStore } from "../../../operator/secret/store.ts"
import { awsError, awsVariables, startAwsEndpoint, type AwsEndpoint } from "../../support/aws-endpoint.ts"

const $metadata = {}
const key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"
const facts: SecretFacts = { KmsKeyId: key }
const place = {
  secretId: "superoffice/sod",
  region: "eu-west-1",
  namedBy: "clientSecretId and region in deployment.yml",
  createdBy: "npm run secret -- create --stage sod --client-id ID",
}

/** An error of which the SDK has no class. */
function named(name: string, message = "canary"): Error {
  return new SecretsManagerServiceException({ name, $fault: "client", message, $metadata })
}

function invalid(message: string): Error {
  return new InvalidRequestException({ message, $metadata })
}

beforeEach(() => {
  vi.stubEnv("AWS_PROFILE", undefined)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

const describeKey = `To see whether it exists and is enabled: aws kms describe-key --key-id ${key} --region eu-west-1`

describe("an error of Secrets Manager is explained in a sentence with the next command", () => {
  it.each<[string, Error, string, string]>([
    [
      "no secret",
      new ResourceNotFoundException({
        message: "Secrets Manager can't find the specified secret.",
        $metadata,
      }),
      "DescribeSecret",
      `There is no secret "superoffice/sod" in eu-west-1: check clientSecretId and region in deployment.yml. To create it: ${place.createdBy}`,
    ],
    [
      "no value",
      new ResourceNotFoundException({
        message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        $metadata,
      }),
      "GetSecretValue",
      `"superoffice/sod" in eu-west-1 has no current value. To store one: ${place.createdBy}`,
    ],
    [
      "scheduled for deletion",
      invalid("You can't perform this operation on the secret because it was marked for deletion."),
      "GetSecretValue",
      '"superoffice/sod" in eu-west-1 is scheduled for deletion (2026-11-20). To keep it: ' +
        "aws secretsmanager restore-secret --secret-id superoffice/sod --region eu-west-1",
    ],
    [
      "a replica",
      new InvalidParameterException({
        message: "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
        $metadata,
      }),
      "PutSecretValue",
      '"superoffice/sod" in eu-west-1 is a replica of the secret in eu-north-1, and can be changed only there: pass --region eu-north-1.',
    ],
    [
      "a missing permission",
      named(
        "AccessDeniedException",
        "User: canary is not authorized to perform: secretsmanager:PutSecretValue on resource: canary",
      ),
      "PutSecretValue",
      'These credentials may not call secretsmanager:PutSecretValue on "superoffice/sod" in eu-west-1. ' +
        "To see whose they are: aws sts get-caller-identity",
    ],
    [
      "a missing permission of KMS, for reading",
      named("AccessDeniedException", "Access to KMS is not allowed"),
      "GetSecretValue",
      `The KMS key of "superoffice/sod" (${key}) cannot be used: these credentials need kms:Decrypt on it, in an IAM policy ` +
        `and in the key's policy. ${describeKey}`,
    ],
    [
      "a missing permission of KMS, for writing",
      named("AccessDeniedException", "Access to KMS is not allowed"),
      "PutSecretValue",
      `The KMS key of "superoffice/sod" (${key}) cannot be used: these credentials need kms:Decrypt and kms:GenerateDataKey ` +
        `on it, in an IAM policy and in the key's policy. ${describeKey}`,
    ],
    [
      "a key that cannot decrypt",
      new DecryptionFailure({ message: "canary", $metadata }),
      "GetSecretValue",
      `The KMS key of "superoffice/sod" (${key}) cannot be used: these credentials need kms:Decrypt on it, in an IAM policy ` +
        `and in the key's policy. ${describeKey}`,
    ],
    [
      "a key that is disabled",
      new EncryptionFailure({ message: `${key} is disabled.`, $metadata }),
      "PutSecretValue",
      `The KMS key of "superoffice/sod" (${key}) is disabled. To enable it: aws kms enable-key --key-id ${key} --region eu-west-1`,
    ],
    [
      "a key that is scheduled for deletion",
      invalid(`KMS key ${key} is pending deletion.`),
      "GetSecretValue",
      `The KMS key of "superoffice/sod" (${key}) is scheduled for deletion. To keep it: aws kms cancel-key-deletion ` +
        `--key-id ${key} --region eu-west-1 && aws kms enable-key --key-id ${key} --region eu-west-1`,
    ],
    [
      "a secret that somebody else made",
      new ResourceExistsException({ message: "canary", $metadata }),
      "CreateSecret",
      'Somebody else has created "superoffice/sod" in eu-west-1 meanwhile: nothing was changed here. Start again.',
    ],
    [
      "throttling",
      named("ThrottlingException"),
      "GetSecretValue",
      "Secrets Manager gets too many requests from this account (ThrottlingException): try again in a moment.",
    ],
    [
      "an outage",
      named("InternalServiceError"),
      "GetSecretValue",
      "Secrets Manager failed (InternalServiceError): try again, and see https://health.aws.amazon.com.",
    ],
    [
      "a name that is not valid",
      named("ValidationException"),
      "CreateSecret",
      'Secrets Manager does not accept CreateSecret for "superoffice/sod" (ValidationException): a name has letters, digits ' +
        "and /_+=.@- only, and a value has at most 65,536 bytes.",
    ],
    [
      "any other error",
      named("LimitExceededException"),
      "CreateSecret",
      'Secrets Manager answered CreateSecret for "superoffice/sod" with an error (LimitExceededException), which the AWS ' +
        "documentation of CreateSecret explains.",
    ],
    [
      "an error without a name",
      Object.assign(new Error("canary"), { name: "two words" }),
      "GetSecretValue",
      'Secrets Manager answered GetSecretValue for "superoffice/sod" with an error (unknown error), which the AWS ' +
        "documentation of GetSecretValue explains.",
    ],
  ])("%s", (_what, error, call, sentence) => {
    const known = { ...facts, DeletedDate: new Date("2026-11-20T10:00:00Z"), PrimaryRegion: "eu-north-1" }
    const failure = explain(error, call, place, known)
    expect(failure).toBeInstanceOf(CommandFailure)
    expect(failure.message).toBe(sentence)
  })

  it("of the credentials before all others, for the profile in use", () => {
    vi.stubEnv("AWS_PROFILE", "production")
    expect(explain(named("ExpiredTokenException"), "GetSecretValue", place).message).toBe(
      'The session of the AWS profile "production" has expired: sign in again as you did before, or run aws sso login --profile production',
    )
    const denied = named("AccessDeniedException", "")
    expect(explain(denied, "GetSecretValue", place).message).toContain(
      "aws sts get-caller-identity --profile production",
    )
  })
})

describe("what DescribeSecret knows", () => {
  let aws: AwsEndpoint

  beforeEach(async () => {
    aws = await startAwsEndpoint()
    for (const [name, value] of Object.entries(awsVariables(aws))) vi.stubEnv(name, value)
  })

  afterEach(async () => {
    await aws.close()
  })

  function description(members: object) {
    return { status: 200, body: JSON.stringify({ VersionIdsToStages: { v1: ["AWSCURRENT"] }, ...members }) }
  }

  const open = () => openStore({ secretId: "superoffice/sod", region: undefined, endpoint: undefined })

  it("names the key that may not be used", async () => {
    aws.first.push(awsError(400, "AccessDeniedException", "Access to KMS is not allowed"))
    aws.answer = description({ KmsKeyId: key })
    await expect((await open()).read()).rejects.toThrow(
      `The KMS key of "superoffice/sod" (${key}) cannot be used: `,
    )
  })

  it("may be denied, and then the first failure is told", async () => {
    aws.answer = awsError(400, "AccessDeniedException", "Access to KMS is not allowed")
    await expect((await open()).read()).rejects.toThrow('The KMS key of "superoffice/sod" cannot be used: ')
  })

  it("names the key that is given to a new secret", async () => {
    aws.answer = awsError(400, "AccessDeniedException", "Access to KMS is not allowed")
    await expect((await open()).create("canary", key)).rejects.toThrow(
      `The KMS key of "superoffice/sod" (${key}) cannot be used: these credentials need kms:Decrypt and kms:GenerateDataKey on it`,
    )
  })

  it("stops a change of a replica before anything is read or written", async () => {
    aws.answer = description({ PrimaryRegion: "eu-north-1" })
    await expect((await open()).current()).rejects.toThrow(
      '"superoffice/sod" in eu-west-1 is a replica of the secret in eu-north-1, and can be changed only there: pass --region eu-north-1.',
    )
    expect(aws.calls.map(({ target }) => target)).toEqual(["secretsmanager.DescribeSecret"])
  })

  it("stops a change of a secret that is scheduled for deletion", async () => {
    aws.answer = description({ DeletedDate: 1_795_000_000 })
    await expect((await open()).current()).rejects.toThrow(
      '"superoffice/sod" in eu-west-1 is scheduled for deletion (2026-11-18). To keep it: ' +
        "aws secretsmanager restore-secret --secret-id superoffice/sod --region eu-west-1",
    )
  })

  it.each([
    ["no version", { VersionIdsToStages: undefined }],
    ["only a version with the label AWSPENDING", { VersionIdsToStages: { v1: ["AWSPENDING"] } }],
    ["only a version with a label of somebody's", { VersionIdsToStages: { v1: ["MINE"] } }],
  ])("is no current value with %s", async (_what, members) => {
    aws.answer = description(members)
    const store = await open()
    expect([await store.state(), await store.current()]).toEqual(["empty", "empty"])
    await expect(store.currentVersion()).rejects.toThrow(
      '"superoffice/sod" in eu-west-1 has no current value. To store one: npm run secret -- create --secret-id superoffice/sod',
    )
  })
})
