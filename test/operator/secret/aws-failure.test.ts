import { SecretsManagerServiceException } from "@aws-sdk/client-secrets-manager"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { explain } from "../../../operator/secret/aws-failure.ts"
import { openStore } from "../../../operator/secret/store.ts"
import { awsError, serveAws, type AwsAnswer } from "../../support/aws-endpoint.ts"

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
  const [get, put, create] = ["GetSecretValue", "PutSecretValue", "CreateSecret"] as const
  const [notFound, invalid] = ["ResourceNotFoundException", "InvalidRequestException"] as const
  const missing = "Secrets Manager can't find the specified secret"
  const noKms = "Access to KMS is not allowed"
  const needs = (action: string) => new RegExp(`\\(${key}\\) .* need ${action} on.*kms describe-key`)

  it.each([
    [notFound, missing, put, /^There is no secret .* check clientSecretId.* --stage sod/],
    [notFound, `${missing} value for`, get, /has no current value.* --stage sod/],
    [invalid, "secret was marked for deletion", get, /deletion \(2026-11-20\).*restore-secret/],
    ["InvalidParameterException", "a replica secret", put, /replica .* in eu-north-1.*pass --region/],
    ["AccessDeniedException", "canary", put, /secretsmanager:PutSecretValue .*get-caller-identity/],
    ["AccessDeniedException", noKms, get, needs("kms:Decrypt")],
    ["AccessDeniedException", noKms, put, needs("kms:Decrypt and kms:GenerateDataKey")],
    ["DecryptionFailure", "canary", get, needs("kms:Decrypt")],
    ["EncryptionFailure", `${key} is disabled.`, put, /is disabled\..*aws kms enable-key --key-id arn/],
    [invalid, "KMS key is pending deletion", get, /cancel-key-deletion .* && .*enable-key/],
    ["ResourceExistsException", "canary", create, /^Somebody else has created .* Start again\.$/],
    ["ThrottlingException", "canary", get, /too many requests .*: try again in a moment\.$/],
    ["InternalServiceError", "canary", get, /^Secrets Manager failed .*https:\/\/health\.aws/],
    ["ValidationException", "canary", create, /does not accept CreateSecret .*a name has letters/],
    ["LimitExceededException", "canary", create, /\(LimitExceededException\), .* of CreateSecret/],
    ["two words", "canary", get, /with an error \(unknown error\)/],
  ])("%s, %s of %s", (name, message, call, sentence) => {
    const said = explain(named(name, message), call, place, facts).message
    expect(said).toMatch(sentence)
    expect(said).not.toContain("canary")
  })

  it("of the credentials before all others, for the profile in use", () => {
    vi.stubEnv("AWS_PROFILE", "production")
    const [expired, denied] = ["ExpiredTokenException", "AccessDeniedException"].map(
      (name) => explain(named(name), get, place).message,
    )
    expect(expired).toMatch(/^The session of the AWS profile .*aws sso login --profile production$/)
    expect(denied).toContain("aws sts get-caller-identity --profile production")
  })
})

describe("what DescribeSecret knows of a secret", () => {
  const denied = awsError(400, "AccessDeniedException", "Access to KMS is not allowed")

  function description(members: object): AwsAnswer {
    return { status: 200, body: JSON.stringify({ VersionIdsToStages: { v1: ["AWSCURRENT"] }, ...members }) }
  }

  /** The secret in a Secrets Manager that gives these answers, the last of them for ever. */
  async function open(...answers: readonly AwsAnswer[]) {
    const aws = await serveAws()
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
    const created = (await open(denied)).create("canary", key)
    await expect(created).rejects.toThrow(`The KMS key of "superoffice/sod" (${key}) cannot be used: `)
  })

  it.each([
    ["a replica", { PrimaryRegion: "eu-north-1" }, "is a replica of the secret in eu-north-1"],
    ["one that goes", { DeletedDate: 1_795_000_000 }, "is scheduled for deletion (2026-11-18)"],
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
    await expect(store.currentVersion()).rejects.toThrow(/no current value.*create --secret-id superoffice/)
  })
})
