import { describe, expect, it, onTestFinished, vi } from "vitest"
import { createSecretsManagerClient } from "../../../lib/adapters/secrets-manager.ts"
import { parseClientSecret } from "../../../lib/credentials/client-secret.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { awsError, secretAnswer, serveAws, type AwsAnswer } from "../../support/aws-endpoint.ts"
import { completeConfig } from "../../support/context.ts"
import { clientId } from "../../../harness/id-tokens.ts"
import { connect } from "./superoffice-client.ts"

const minute = 60_000

/** The client secret from an endpoint of AWS, by a clock that only the test moves. */
async function openSecret(env: Readonly<Record<string, string>> = {}) {
  const aws = await serveAws()
  let now = Date.parse("2026-11-22T12:00:00Z")
  const config = completeConfig(env)
  const credentials = createSecretsManagerClient(connect()).createSecretCache({
    secretId: config.clientSecretId,
    maxAgeSeconds: config.secretMaxAgeSeconds,
    parse: (text, version) => parseClientSecret(text, version, false),
    now: () => new Date(now),
  })
  return {
    aws,
    pass: (ms: number) => (now += ms),
    /** The credentials in clear, with the failure that makes them stale, or the failure alone. */
    read: async (ms = 5_000): Promise<unknown> => {
      try {
        const { value, stale, error } = await credentials("cached", deadlineIn(ms))
        const { version, clientId, clientSecret } = value
        return { version, clientId, clientSecret: clientSecret.reveal(), stale, ...failureOf(error) }
      } catch (error) {
        return failureOf(error)
      }
    },
  }
}

/** A secret that was read once, and is then past its age, when AWS answers so. */
async function openStaleSecret(answer: AwsAnswer) {
  const secret = await openSecret()
  expect(await secret.read()).toEqual(one)
  secret.aws.answer = answer
  secret.pass(5 * minute)
  return secret
}

function failureOf(error: unknown): { code?: string; why?: string } {
  return error instanceof ExchangeError ? { code: error.code, why: error.message } : {}
}

const one = { version: "v1", clientId, clientSecret: "client-secret-one", stale: false }
const two = { version: "v2", clientId, clientSecret: "client-secret-two", stale: false }
const second = secretAnswer({
  VersionId: "v2",
  SecretString: JSON.stringify({ client_id: clientId, client_secret: "client-secret-two" }),
})
const unavailable = { code: "secret_unavailable", why: "Secrets Manager gave no answer that can be used" }

describe("the cached client secret", () => {
  it.each([
    ["five minutes", {}, 5 * minute],
    ["as long as the settings say", { SECRET_MAX_AGE_SECONDS: "1" }, 1_000],
  ])("is read from the secret that the settings name, and kept for %s (C60)", async (_time, env, ageMs) => {
    const { aws, pass, read } = await openSecret(env)
    expect(await read()).toEqual(one)
    const call = { target: "secretsmanager.GetSecretValue", input: { SecretId: "superoffice/sod" } }
    expect(aws.calls).toEqual([call])
    aws.answer = second
    pass(ageMs - 1)
    expect(await read()).toEqual(one)
    pass(1)
    expect(await read()).toEqual(two)
    expect(aws.calls).toEqual([call, call])
  })

  it("may be of a version without a name", async () => {
    const { aws, read } = await openSecret()
    aws.answer = secretAnswer({ VersionId: undefined })
    expect(await read()).toEqual({ ...one, version: "" })
  })

  it.each([
    "ResourceNotFoundException",
    "AccessDeniedException",
    "InvalidRequestException",
    "DecryptionFailure",
  ])("is used no more, and AWS is asked once, after %s", async (type) => {
    const { aws, read } = await openStaleSecret(awsError(400, type))
    expect(await read()).toEqual({
      code: "configuration_invalid",
      why: "a secret does not exist, or this function may not read it",
    })
    expect(aws.calls).toHaveLength(1 + 1)
  })

  it.each<[string, AwsAnswer]>([
    ["throttling", awsError(400, "ThrottlingException")],
    ["an internal error", awsError(500, "InternalServiceError")],
    ["a 503 without words", { status: 503, body: "" }],
    ["HTML", { status: 502, body: "<html>" }],
    ["a connection that breaks", "hangs up"],
  ])("is used for as long as AWS answers with %s, after two tries", async (_outage, answer) => {
    const { aws, pass, read } = await openStaleSecret(answer)
    pass(365 * 24 * 60 * minute)
    expect(await read()).toEqual({ ...one, stale: true, ...unavailable })
    expect(aws.calls).toHaveLength(1 + 2)
  })

  it("is unavailable when AWS is silent for three seconds", async () => {
    const timeUp = new AbortController()
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(timeUp.signal)
    onTestFinished(() => {
      timeout.mockRestore()
    })
    const { aws, read } = await openSecret()
    aws.answer = "hangs"
    const asked = read()
    await vi.waitUntil(() => aws.calls.length === 1)
    timeUp.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"))
    expect(await asked).toEqual(unavailable)
    expect(timeout.mock.calls).toEqual([[3_000]])
  })

  it("is unavailable at the caller's deadline when that comes first", async () => {
    const { aws, read } = await openSecret()
    aws.answer = "hangs"
    expect(await read(1)).toEqual(unavailable)
    // The read goes on, and must not reach the endpoint of the next test.
    await vi.waitUntil(() => aws.calls.length === 1)
  })
})

describe("a version of the secret that cannot be used", () => {
  it("is named while an older version is used, until a version can be used again", async () => {
    const { aws, pass, read } = await openStaleSecret(
      secretAnswer({ VersionId: "v2", SecretString: '{"client_secret":"client-secret-two"}' }),
    )
    const why = 'a secret in Secrets Manager cannot be used: it lacks "client_id"'
    const problem = { ...one, stale: true, code: "configuration_invalid", why }
    expect(await read()).toEqual(problem)
    // Without a call, because of the back-off.
    expect(await read()).toEqual(problem)
    expect(aws.calls).toHaveLength(1 + 1)
    aws.answer = second
    pass(5_000)
    expect(await read()).toEqual(two)
  })
})
