import { describe, expect, it } from "vitest"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { health } from "../../../lib/operations/health.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import { bodyOf, browserEvent, signedEvent } from "../../support/events.ts"
import {
  completeEnv,
  credentials,
  keySetOf,
  openFrontDoor,
  signingKey,
  type FrontDoorOptions,
} from "../../support/front-door.ts"
import { signedAt } from "../../support/id-tokens.ts"
import { fakeContext } from "../../support/context.ts"

const jwksUrl = "https://sod.superoffice.com/login/.well-known/jwks"
const keyName = `sha1:${signingKey.kid.toLowerCase()}`

/** An answer of the key endpoint whose clock is so many seconds ahead of ours. */
function answerAt(secondsAhead: number): HttpAnswer {
  const date = new Date(signedAt.getTime() + secondsAhead * 1000)
  return { status: 200, retryAfterSeconds: undefined, date, body: "{}" }
}

function open(options: FrontDoorOptions = {}) {
  return openFrontDoor(health("1.2.3"), { answers: [answerAt(0)], ...options })
}

const well = {
  status: "ok",
  version: "1.2.3",
  environment: "sod",
  secret: {
    age_seconds: 0,
    stale: false,
    error: null,
    version: "v1",
    client_id: credentials.clientId,
    problem: null,
    expires: null,
    expires_in_days: null,
    expires_problem: null,
  },
  key_set: { age_seconds: 0, stale: false, error: null, key_ids: [keyName] },
  clock_skew_seconds: 0,
}
const none = { age_seconds: null, stale: false }
const noDate = { expires: null, expires_in_days: null, expires_problem: null }

function failing(code: "secret_unavailable" | "configuration_invalid" | "key_set_unavailable") {
  return () => Promise.reject(new ExchangeError(code, "down"))
}

describe("health", () => {
  it("is ok when everything can be read, and says nothing secret", async () => {
    const door = open()
    const answer = await door.invoke({})
    expect(answer).toEqual(well)
    const { clientSecret, sealingKeys } = credentials
    const keys = sealingKeys.map(({ key }) => String(key.export({ format: "jwk" }).k))
    for (const secret of [clientSecret.reveal(), ...keys]) {
      expect(JSON.stringify(answer) + door.log.join()).not.toContain(secret)
    }
  })

  it("has the key set read while it starts, and no private key", () => {
    expect(health("1.2.3").needs).toEqual({ keySet: true, privateKey: false })
  })

  it("asks for nothing but the keys, and that by its own request for the time", async () => {
    const door = open()
    await door.invoke({})
    expect(door.requests).toMatchObject([{ method: "GET", url: jwksUrl }])
    // The time is in the head of the answer.
    expect([200, 503].map((status) => door.requests[0]?.needsBody(status))).toEqual([false, false])
    expect(door.credentialReads).toEqual(["cached"])
    expect(door.keySetReads).toEqual(["cached"])
  })

  it.each<[string, FrontDoorOptions, object]>([
    [
      "the secret cannot be read",
      { credentials: failing("secret_unavailable") },
      {
        secret: {
          ...none,
          ...noDate,
          client_id: null,
          error: "secret_unavailable",
          version: null,
          problem: null,
        },
      },
    ],
    [
      "the secret is not there",
      { credentials: failing("configuration_invalid") },
      {
        secret: {
          ...none,
          ...noDate,
          client_id: null,
          error: "configuration_invalid",
          version: null,
          problem: "down",
        },
      },
    ],
    [
      "something unexpected happens to it",
      { credentials: () => Promise.reject(new Error("client-secret-one")) },
      { secret: { ...none, ...noDate, client_id: null, error: "unexpected", version: null, problem: null } },
    ],
    [
      "the secret is past its age",
      { credentials: () => Promise.resolve({ value: credentials, stale: true }) },
      { secret: { ...well.secret, stale: true } },
    ],
    [
      "Secrets Manager is down while an older version of the secret is held",
      {
        credentials: () =>
          Promise.resolve({
            value: credentials,
            stale: true,
            error: new ExchangeError("secret_unavailable", "down"),
          }),
      },
      { secret: { ...well.secret, stale: true } },
    ],
    [
      "the secret's current version cannot be used while an older one is held",
      {
        credentials: () =>
          Promise.resolve({
            value: credentials,
            stale: true,
            error: new UnusableSecret('it lacks "client_id"'),
          }),
      },
      {
        secret: {
          ...well.secret,
          stale: true,
          problem: 'a secret in Secrets Manager cannot be used: it lacks "client_id"',
        },
      },
    ],
    [
      "the keys cannot be read",
      { keySet: failing("key_set_unavailable") },
      { key_set: { ...none, error: "key_set_unavailable", key_ids: [] } },
    ],
    [
      "the keys are past their age",
      { keySet: () => Promise.resolve({ value: keySetOf(signingKey.jwk), stale: true }) },
      { key_set: { ...well.key_set, stale: true } },
    ],
    [
      "SuperOffice cannot be reached",
      { answers: [new ExchangeError("upstream_unavailable", "down")] },
      { clock_skew_seconds: null },
    ],
    [
      "SuperOffice does not say what time it is",
      { answers: [{ status: 200, retryAfterSeconds: undefined, body: "{}" }] },
      { clock_skew_seconds: null },
    ],
  ])("is degraded when %s, and the rest is still told", async (_what, options, changes) => {
    const door = open(options)
    expect(await door.invoke({})).toEqual({ ...well, status: "degraded", ...changes })
    expect(door.lastLine()).toMatchObject({ code: "ok" })
    expect(door.log.join()).not.toContain("client-secret-one")
  })

  const key =
    "the secret's KMS key is not enabled, or the function's role may not call kms:Decrypt on it (secretKmsKeyArn in deployment.yml allows it)"

  it.each<[string, string, string]>([
    [
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret.",
      "the secret does not exist in the function's region",
    ],
    [
      "ResourceNotFoundException",
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      "the secret has no value",
    ],
    [
      "InvalidRequestException",
      "You can't perform this operation on the secret because it was marked for deletion.",
      "the secret is scheduled for deletion",
    ],
    [
      "AccessDeniedException",
      "User: canary is not authorized to perform: secretsmanager:GetSecretValue on resource: canary",
      "the function's role may not call secretsmanager:GetSecretValue on the secret",
    ],
    ["AccessDeniedException", "Access to KMS is not allowed", key],
    ["DecryptionFailure", "canary", key],
    ["ValidationException", "canary", "down"],
  ])("says what keeps the secret from being read: %s, %s", async (name, message, problem) => {
    const cause = Object.assign(new Error(message), { name })
    const error = new ExchangeError("configuration_invalid", "down", { cause })
    const answer = await open({ credentials: () => Promise.reject(error) }).invoke({})
    expect(answer).toMatchObject({ status: "degraded", secret: { error: "configuration_invalid", problem } })
    expect(JSON.stringify(answer)).not.toContain("canary")
  })

  it.each([
    [new Date("2022-05-08"), { expires: "2022-05-08", expires_in_days: 31 }, undefined],
    [new Date("2022-05-07"), { expires: "2022-05-07", expires_in_days: 30 }, "client_secret_expiring"],
    [new Date("2022-04-06"), { expires: "2022-04-06", expires_in_days: -1 }, "client_secret_expiring"],
    [
      "unreadable" as const,
      { expires_problem: '"client_secret_expires" of the secret is not a date of the form YYYY-MM-DD' },
      "client_secret_expires_unreadable",
    ],
  ])("tells when the client secret expires, which degrades nothing: %s", async (expires, told, metric) => {
    const door = open({
      credentials: () => Promise.resolve({ value: { ...credentials, expires }, stale: false }),
    })
    expect(await door.invoke({})).toEqual({ ...well, secret: { ...well.secret, ...told } })
    const metrics = Object.keys(door.lastLine()).filter((name) => name.startsWith("client_secret_expir"))
    expect(metrics).toEqual(metric === undefined ? [] : [metric])
  })

  it("names everything that is wrong at once", async () => {
    const door = open({
      credentials: failing("secret_unavailable"),
      keySet: failing("key_set_unavailable"),
      answers: [new ExchangeError("upstream_timeout", "late")],
    })
    expect(await door.invoke({})).toMatchObject({
      status: "degraded",
      secret: { error: "secret_unavailable" },
      key_set: { error: "key_set_unavailable" },
      clock_skew_seconds: null,
    })
  })

  it.each([
    [0.4, 0, "ok"],
    [42, 42, "ok"],
    [-60, -60, "ok"],
    [-61, -61, "degraded"],
    [600, 600, "degraded"],
    [-0.6, -1, "ok"],
  ])("tells a clock that is %s s ahead of ours as %i, which is %s", async (ahead, told, status) => {
    expect(await open({ answers: [answerAt(ahead)] }).invoke({})).toMatchObject({
      status,
      clock_skew_seconds: told,
    })
  })

  it("tells the time from a failure too, as long as it is an answer", async () => {
    const down = { ...answerAt(7), status: 503 }
    expect(await open({ answers: [down] }).invoke({})).toMatchObject({ clock_skew_seconds: 7 })
  })

  it("counts age from when a value was read, and never below nothing", async () => {
    const readAt = (seconds: number) => new Date(signedAt.getTime() - seconds * 1000)
    const context = fakeContext({ answers: [answerAt(0)] })
    const ports = {
      ...context.ports,
      credentials: () => Promise.resolve({ value: credentials, readAt: readAt(299.6), stale: false }),
      keySet: () => Promise.resolve({ value: keySetOf(signingKey.jwk), readAt: readAt(-5), stale: false }),
    }
    const answer = await health("1.2.3").run(undefined, { ...context, ports })
    expect(answer).toMatchObject({ secret: { age_seconds: 300 }, key_set: { age_seconds: 0 } })
  })

  it("names the keys by thumbprint or id, and tells no other part of them", async () => {
    const { kty, n, e } = signingKey.jwk
    const other = { kty, n, e, kid: "another" }
    const keySet = () =>
      Promise.resolve({ value: keySetOf(signingKey.jwk, other, { kty, n, e }), stale: false })
    expect(await open({ keySet }).invoke({})).toMatchObject({
      key_set: { key_ids: [keyName, "kid:another"] },
    })
  })

  it("waits three seconds for each of the three, side by side", async () => {
    const waits: number[] = []
    const context = fakeContext({ answers: [answerAt(0)] })
    const answer = await health("1.2.3").run(undefined, context)
    waits.push(...context.waits.map(({ ms }) => ms))
    expect(answer).toMatchObject({ status: "ok" })
    expect(waits).toHaveLength(3)
    for (const ms of waits) expect(Math.round(ms / 100)).toBe(30)
    expect(context.events.slice(0, 3).some((event) => event.endsWith("done"))).toBe(false)
  })
})

describe("the doors of health", () => {
  it("are the signed and the direct one, with the same answer", async () => {
    const answer = await open().invoke(signedEvent({}, { path: "/signed/health" }))
    expect(answer.statusCode).toBe(200)
    expect(bodyOf(answer)).toEqual(well)
  })

  it("are shut to a page", async () => {
    const door = open()
    const answer = await door.invoke(browserEvent({}, { path: "/health" }))
    expect(answer.statusCode).toBe(403)
    expect(bodyOf(answer)).toMatchObject({ code: "origin_not_allowed" })
    expect(door.requests).toEqual([])
  })

  it("answer configuration_invalid while the settings are wrong", async () => {
    const door = open({ env: { ...completeEnv, SUPEROFFICE_ENVIRONMENT: "stage" } })
    expect(await door.invoke({})).toMatchObject({ code: "configuration_invalid" })
  })
})
