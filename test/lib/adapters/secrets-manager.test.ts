import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createConnections, type Connections } from "../../../lib/adapters/connections.ts"
import { createSecretsManagerClient } from "../../../lib/adapters/secrets-manager.ts"
import { parseClientSecret } from "../../../lib/credentials/client-secret.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import type { Freshness } from "../../../lib/ports.ts"
import {
  awsError,
  awsVariables,
  secretAnswer,
  startAwsEndpoint,
  type AwsEndpoint,
} from "../../support/aws-endpoint.ts"
import { clientId } from "../../support/id-tokens.ts"
import { completeConfig } from "../../support/context.ts"

const minute = 60_000
let aws: AwsEndpoint
let connections: Connections

beforeEach(async () => {
  aws = await startAwsEndpoint()
  connections = createConnections()
  for (const [name, value] of Object.entries(awsVariables(aws))) vi.stubEnv(name, value)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  connections.http.destroy()
  await aws.close()
})

/** The credentials by a clock that only the test moves. */
function openCache(env: Readonly<Record<string, string>> = {}) {
  let now = Date.parse("2026-11-22T12:00:00Z")
  let lastError: unknown
  const config = completeConfig(env)
  const credentials = createSecretsManagerClient(connections).createSecretCache({
    secretId: config.clientSecretId,
    maxAgeSeconds: config.secretMaxAgeSeconds,
    parse: (text, version) => parseClientSecret(text, version, false),
    now: () => new Date(now),
  })
  return {
    pass: (ms: number) => (now += ms),
    /** The credentials in clear and their staleness, or the code of the failure. */
    async read(freshness: Freshness = "cached", ms = 5_000): Promise<unknown> {
      try {
        const { value, stale, error } = await credentials(freshness, deadlineIn(ms))
        const { version, clientId, clientSecret } = value
        lastError = error
        return { version, clientId, clientSecret: clientSecret.reveal(), stale }
      } catch (error) {
        lastError = error
        if (error instanceof ExchangeError) return error.code
        throw error
      }
    },
    /** Why the last read brought no value, or a stale one. */
    whyNot: () => (lastError instanceof Error ? lastError.message : undefined),
  }
}

const one = { version: "v1", clientId, clientSecret: "client-secret-one", stale: false }
const two = { version: "v2", clientId, clientSecret: "client-secret-two", stale: false }
const second = secretAnswer({
  VersionId: "v2",
  SecretString: JSON.stringify({ client_id: clientId, client_secret: "client-secret-two" }),
})

const permanentFailures = [
  "ResourceNotFoundException",
  "AccessDeniedException",
  "InvalidRequestException",
  "InvalidParameterException",
  "ValidationException",
  "DecryptionFailure",
]

describe("the client secret", () => {
  it("is the current version of the secret that the settings name (C60)", async () => {
    expect(await openCache().read()).toEqual(one)
    expect(aws.calls).toEqual([
      { target: "secretsmanager.GetSecretValue", input: { SecretId: "superoffice/sod" } },
    ])
  })

  it("may be of a version without a name", async () => {
    aws.answer = secretAnswer({ VersionId: undefined })
    expect(await openCache().read()).toEqual({ ...one, version: "" })
  })

  it("is kept for five minutes, and then read again", async () => {
    const secret = openCache()
    await secret.read()
    aws.answer = second
    secret.pass(5 * minute - 1)
    expect(await secret.read()).toEqual(one)
    secret.pass(1)
    expect(await secret.read()).toEqual(two)
    expect(aws.calls).toHaveLength(2)
  })

  it("is kept for as long as the settings say", async () => {
    const secret = openCache({ SECRET_MAX_AGE_SECONDS: "1" })
    await secret.read()
    aws.answer = second
    secret.pass(1_000)
    expect(await secret.read()).toEqual(two)
  })

  it("is read past the cache when asked for, at most three times in a row", async () => {
    const secret = openCache()
    await secret.read()
    aws.answer = second
    expect(await secret.read("reread")).toEqual(two)
    for (let i = 0; i < 9; i++) await secret.read("reread")
    expect(aws.calls).toHaveLength(4)
  })
})

describe("a permanent failure", () => {
  it.each(permanentFailures)("%s is configuration_invalid, and is not asked for twice", async (type) => {
    aws.answer = awsError(400, type)
    expect(await openCache().read()).toBe("configuration_invalid")
    expect(aws.calls).toHaveLength(1)
  })

  it.each(permanentFailures)("%s ends the use of a cached value at once", async (type) => {
    const secret = openCache()
    await secret.read()
    aws.answer = awsError(400, type)
    secret.pass(5 * minute)
    expect(await secret.read()).toBe("configuration_invalid")
    aws.answer = awsError(500, "InternalServiceError")
    expect(await secret.read()).toBe("secret_unavailable")
  })
})

describe("an outage", () => {
  it.each<[string, AwsEndpoint["answer"]]>([
    ["throttling", awsError(400, "ThrottlingException")],
    ["an internal error", awsError(500, "InternalServiceError")],
    ["a 503 without words", { status: 503, body: "" }],
    ["HTML", { status: 502, body: "<html>" }],
    ["a connection that breaks", "hangs up"],
  ])("by %s is tried twice; it is secret_unavailable, but a stale value is used", async (_what, answer) => {
    aws.answer = answer
    expect(await openCache().read()).toBe("secret_unavailable")
    expect(aws.calls).toHaveLength(2)

    aws.answer = secretAnswer()
    const secret = openCache()
    await secret.read()
    aws.answer = answer
    secret.pass(365 * 24 * 60 * minute)
    expect(await secret.read()).toEqual({ ...one, stale: true })
  })

  it("is over after one failed try", async () => {
    aws.first.push("hangs up")
    expect(await openCache().read()).toEqual(one)
    expect(aws.calls).toHaveLength(2)
  })

  it("by silence is given up after three seconds", async () => {
    aws.answer = "hangs"
    const start = performance.now()
    expect(await openCache().read("cached", 10_000)).toBe("secret_unavailable")
    expect(performance.now() - start).toBeGreaterThan(2_900)
    expect(performance.now() - start).toBeLessThan(5_000)
  })

  it("by silence is given up at the deadline of who asks, when that comes first", async () => {
    aws.answer = "hangs"
    expect(await openCache().read("cached", 100)).toBe("secret_unavailable")
  })

  it("by refused connections is secret_unavailable", async () => {
    await aws.close()
    expect(await openCache().read()).toBe("secret_unavailable")
    aws = await startAwsEndpoint()
  })
})

describe("a secret that cannot be used", () => {
  it.each<[string, AwsEndpoint["answer"]]>([
    ["is not JSON", secretAnswer({ SecretString: "client-secret-one" })],
    ["lacks client_id", secretAnswer({ SecretString: '{"client_secret":"client-secret-two"}' })],
    ["lacks client_secret", secretAnswer({ SecretString: `{"client_id":"${clientId}"}` })],
    ["is binary", secretAnswer({ SecretString: undefined, SecretBinary: "AAEC" })],
  ])("because it %s is configuration_invalid, but a stale value is used", async (_why, answer) => {
    aws.answer = answer
    expect(await openCache().read()).toBe("configuration_invalid")

    aws.answer = secretAnswer()
    const secret = openCache()
    await secret.read()
    aws.answer = answer
    secret.pass(5 * minute)
    expect(await secret.read()).toEqual({ ...one, stale: true })
  })

  it("is named while a stale value is used, until a version can be used again", async () => {
    const secret = openCache()
    await secret.read()
    aws.answer = secretAnswer({ VersionId: "v2", SecretString: '{"client_secret":"client-secret-two"}' })
    secret.pass(5 * minute)
    const problem = 'a secret in Secrets Manager cannot be used: it lacks "client_id"'
    expect([await secret.read(), secret.whyNot()]).toEqual([{ ...one, stale: true }, problem])
    // Without a read, because of the back-off.
    expect([await secret.read(), secret.whyNot()]).toEqual([{ ...one, stale: true }, problem])
    expect(aws.calls).toHaveLength(2)
    aws.answer = second
    secret.pass(5_000)
    expect([await secret.read(), secret.whyNot()]).toEqual([two, undefined])
  })
})
