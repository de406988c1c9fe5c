import { SecretsManagerServiceException } from "@aws-sdk/client-secrets-manager"
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { explain } from "../../../operator/secret/aws-failure.ts"
import { openStore } from "../../../operator/secret/store.ts"
import {
  awsError,
  awsVariables,
  startAwsEndpoint,
  type AwsAnswer,
  type AwsEndpoint,
} from "../../support/aws-endpoint.ts"

const key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"
const facts = { KmsKeyId: key, DeletedDate: new Date("2026-11-20T10:00:00Z"), PrimaryRegion: "eu-north-1" }
const place = {
  secretId: "superoffice/sod",
  region: "eu-west-1",
  namedBy: "clientSecretId and region in deployment.yml",
  createdBy: "npm run secret -- create --stage sod --client-id ID",
}

function named(name: string, message = "canary"): Error {
  return new SecretsManagerServiceException({ name, $fault: "client", message, $metadata: {} })
}

beforeEach(() => {
  vi.stubEnv("AWS_PROFILE", undefined)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

describe("an error of Secrets Manager is explained, with the next command:", () => {
  const notFound = "Secrets Manager can't find the specified secret"
  const noKms = "Access to KMS is not allowed"
  const needs = (action: string) =>
    new RegExp(`\\(${key}\\) cannot be used: .* need ${action} on.*kms describe-key`)

  it.each([
    [
      "ResourceNotFoundException",
      notFound,
      "DescribeSecret",
      /^There is no secret .* check clientSecretId.* --stage sod/,
    ],
    [
      "ResourceNotFoundException",
      `${notFound} value for`,
      "GetSecretValue",
      /has no current value.* --stage sod/,
    ],
    [
      "InvalidRequestException",
      "the secret was marked for deletion",
      "GetSecretValue",
      /deletion \(2026-11-20\).*restore-secret/,
    ],
    [
      "InvalidParameterException",
      "on a replica secret",
      "PutSecretValue",
      /replica .* in eu-north-1.*pass --region/,
    ],
    [
      "AccessDeniedException",
      "canary to perform: secretsmanager:Put",
      "PutSecretValue",
      /secretsmanager:PutSecretValue .*get-caller-identity/,
    ],
    ["AccessDeniedException", noKms, "GetSecretValue", needs("kms:Decrypt")],
    ["AccessDeniedException", noKms, "PutSecretValue", needs("kms:Decrypt and kms:GenerateDataKey")],
    ["DecryptionFailure", "canary", "GetSecretValue", needs("kms:Decrypt")],
    [
      "EncryptionFailure",
      `${key} is disabled.`,
      "PutSecretValue",
      /is disabled\..*aws kms enable-key --key-id arn/,
    ],
    [
      "InvalidRequestException",
      "KMS key is pending deletion",
      "GetSecretValue",
      /cancel-key-deletion .* && .*enable-key/,
    ],
    ["ResourceExistsException", "canary", "CreateSecret", /^Somebody else has created .* Start again\.$/],
    ["ThrottlingException", "canary", "GetSecretValue", /too many requests .*: try again in a moment\.$/],
    ["InternalServiceError", "canary", "GetSecretValue", /^Secrets Manager failed .*https:\/\/health\.aws/],
    ["ValidationException", "canary", "CreateSecret", /does not accept CreateSecret .*a name has letters/],
    [
      "LimitExceededException",
      "canary",
      "CreateSecret",
      /\(LimitExceededException\), .* of CreateSecret explains/,
    ],
    ["two words", "canary", "GetSecretValue", /with an error \(unknown error\)/],
  ])("%s, %s of %s", (name, message, call, sentence) => {
    const said = explain(named(name, message), call, place, facts).message
    expect(said).toMatch(sentence)
    expect(said).not.toContain("canary")
  })

  it("of the credentials before all others, for the profile in use", () => {
    vi.stubEnv("AWS_PROFILE", "production")
    expect(explain(named("ExpiredTokenException"), "GetSecretValue", place).message).toMatch(
      /^The session of the AWS profile "production" has expired: .*aws sso login --profile production$/,
    )
    expect(explain(named("AccessDeniedException"), "GetSecretValue", place).message).toContain(
      "aws sts get-caller-identity --profile production",
    )
  })
})

describe("what DescribeSecret knows of a secret", () => {
  const denied = awsError(400, "AccessDeniedException", "Access to KMS is not allowed")

  function description(members: object): AwsAnswer {
    return { status: 200, body: JSON.stringify({ VersionIdsToStages: { v1: ["AWSCURRENT"] }, ...members }) }
  }

  /** The secret in a Secrets Manager that gives these answers, the last of them for ever. */
  async function open(...answers: readonly AwsAnswer[]) {
    const aws: AwsEndpoint = await startAwsEndpoint()
    onTestFinished(() => aws.close())
    for (const [name, value] of Object.entries(awsVariables(aws))) vi.stubEnv(name, value)
    aws.first.push(...answers.slice(0, -1))
    aws.answer = answers.at(-1) ?? "hangs up"
    const store = await openStore({ secretId: "superoffice/sod", region: undefined, endpoint: undefined })
    return { ...store, aws }
  }

  it("names the key that may not be used, and if that is denied too, the first failure is told", async () => {
    const known = await open(denied, description({ KmsKeyId: key }))
    await expect(known.read()).rejects.toThrow(`The KMS key of "superoffice/sod" (${key}) cannot be used: `)
    const unknown = await open(denied)
    await expect(unknown.read()).rejects.toThrow('The KMS key of "superoffice/sod" cannot be used: ')
  })

  it("is not needed to name the key that is given to a new secret", async () => {
    await expect((await open(denied)).create("canary", key)).rejects.toThrow(
      `The KMS key of "superoffice/sod" (${key}) cannot be used: these credentials need kms:Decrypt and kms:GenerateDataKey on it`,
    )
  })

  it.each([
    ["a replica", { PrimaryRegion: "eu-north-1" }, "is a replica of the secret in eu-north-1"],
    [
      "one that is scheduled for deletion",
      { DeletedDate: 1_795_000_000 },
      "is scheduled for deletion (2026-11-18)",
    ],
  ])("stops a change of %s before anything is read or written", async (_what, members, said) => {
    const { aws, ...store } = await open(description(members))
    await expect(store.current()).rejects.toThrow(`"superoffice/sod" in eu-west-1 ${said}`)
    expect(aws.calls.map(({ target }) => target)).toEqual(["secretsmanager.DescribeSecret"])
  })

  it.each([
    ["no version", undefined],
    ["only a version with the label AWSPENDING", { v1: ["AWSPENDING"] }],
    ["only a version with a label of somebody's", { v1: ["MINE"] }],
  ])("is that it has no current value with %s", async (_what, VersionIdsToStages) => {
    const store = await open(description({ VersionIdsToStages }))
    expect([await store.state(), await store.current()]).toEqual(["empty", "empty"])
    await expect(store.currentVersion()).rejects.toThrow(
      '"superoffice/sod" in eu-west-1 has no current value. To store one: npm run secret -- create --secret-id superoffice/sod',
    )
  })
})
