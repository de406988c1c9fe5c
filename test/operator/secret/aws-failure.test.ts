import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { awsError, startAwsEndpoint, type AwsEndpoint } from "../../support/aws-endpoint.ts"
import { newSecret, operate, secretId } from "./local-secret.ts"

describe("a failure is one sentence", () => {
  let scripted: AwsEndpoint

  beforeEach(async () => {
    scripted = await startAwsEndpoint()
  })

  afterEach(async () => {
    await scripted.close()
  })

  it.each([
    [
      "ResourceNotFoundException",
      `There is no secret "${secretId}" in eu-west-1: check --secret-id and --region.`,
    ],
    [
      "AccessDeniedException",
      `These credentials may not call secretsmanager:GetSecretValue on "${secretId}".`,
    ],
    ["DecryptionFailure", `These credentials may not use the KMS key of "${secretId}" (DecryptionFailure).`],
    [
      "ExpiredTokenException",
      "AWS did not accept the credentials (ExpiredTokenException): sign in to AWS again.",
    ],
    [
      "LimitExceededException",
      "Secrets Manager answered GetSecretValue with an error (LimitExceededException).",
    ],
  ])("%s", async (type, sentence) => {
    scripted.answer = awsError(400, type)
    expect(await operate("replace", ["--stdin", "--yes"], { endpoint: scripted.url })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: `${sentence}\n`,
    })
  })

  it("a secret that is scheduled for deletion", async () => {
    const body = JSON.stringify({
      __type: "InvalidRequestException",
      Message: "You can't perform this operation on the secret because it was marked for deletion.",
    })
    scripted.answer = { status: 400, body }
    const { stderr } = await operate("replace", ["--stdin", "--yes"], { endpoint: scripted.url })
    expect(stderr).toBe(
      `"${secretId}" is scheduled for deletion: restore it first (aws secretsmanager restore-secret).\n`,
    )
  })

  it("a secret that somebody else made meanwhile", async () => {
    scripted.first.push(awsError(400, "ResourceNotFoundException"))
    scripted.answer = awsError(400, "ResourceExistsException")
    const options = ["--client-id", "abc", "--stdin", "--yes"]
    const { stderr } = await operate("create", options, { input: newSecret, endpoint: scripted.url })
    expect(stderr).toBe(`The secret "${secretId}" already exists in eu-west-1: use replace.\n`)
  })

  it("nothing there at all", async () => {
    const endpoint = scripted.url
    await scripted.close()
    scripted = await startAwsEndpoint()
    const { stderr } = await operate("status", [], { endpoint })
    expect(stderr).toBe("Secrets Manager cannot be reached (ECONNREFUSED).\n")
  })
})
