import { describe, expect, it } from "vitest"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { health } from "../../../lib/operations/health.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import { fakeContext } from "../../support/context.ts"
import { credentials, keySetOf, openFrontDoor, plainAnswer, signingKey } from "../../support/front-door.ts"
import type { FrontDoorOptions } from "../../support/front-door.ts"
import { signedAt } from "../../../harness/id-tokens.ts"

const keyName = `sha1:${signingKey.kid.toLowerCase()}`

/** An answer of the key endpoint whose clock is so many seconds ahead of ours. */
function answerAt(secondsAhead: number): HttpAnswer {
  return { ...plainAnswer(200, "{}"), date: new Date(signedAt.getTime() + secondsAhead * 1000) }
}

function open(options: FrontDoorOptions = {}) {
  return openFrontDoor(health("1.2.3"), { answers: [answerAt(0)], ...options })
}

const noDate = { expires: null, expires_in_days: null, expires_problem: null }
const read = { age_seconds: 0, stale: false, error: null }
const unread = { age_seconds: null, stale: false }
const well = {
  status: "ok",
  version: "1.2.3",
  environment: "sod",
  secret: { ...read, version: "v1", client_id: credentials.clientId, problem: null, ...noDate },
  key_set: { ...read, key_ids: [keyName] },
  clock_skew_seconds: 0,
}

/** The secret in use, though it is past its age and could not be read again for this reason. */
function staleSecret(error?: Error): FrontDoorOptions {
  return { credentials: () => Promise.resolve({ value: credentials, stale: true, error }) }
}

function unreadSecret(error: Error): FrontDoorOptions {
  return { credentials: () => Promise.reject(error) }
}

describe("health", () => {
  it("is ok when everything can be read, and says nothing secret", async () => {
    const door = open()
    const answer = await door.invoke({})
    expect(answer).toEqual(well)
    const keys = credentials.sealingKeys.map(({ key }) => String(key.export({ format: "jwk" }).k))
    for (const secret of [credentials.clientSecret.reveal(), ...keys]) {
      expect(JSON.stringify(answer) + door.log.join()).not.toContain(secret)
    }
  })

  it("asks SuperOffice for the keys alone, and for the time in the head of an answer", async () => {
    const door = open()
    await door.invoke({})
    const url = "https://sod.superoffice.com/login/.well-known/jwks"
    expect(door.requests).toMatchObject([{ method: "GET", url }])
    expect([200, 503].map((status) => door.requests[0]?.needsBody(status))).toEqual([false, false])
    expect([door.credentialReads, door.keySetReads]).toEqual([["cached"], ["cached"]])
    expect(health("1.2.3").needs).toEqual({
      clientSecret: true,
      keySet: true,
      privateKey: false,
      signingKeys: false,
    })
  })

  it("has no door for a page", () => {
    expect(health("1.2.3").doors).toEqual(["signed", "direct"])
  })

  const down = new ExchangeError("secret_unavailable", "down")
  const gone = new ExchangeError("configuration_invalid", "it")
  const odd = new Error("client-secret-one")
  const unusable = new UnusableSecret('it lacks "client_id"')
  const { message: problem } = unusable
  const noKeys = () => Promise.reject(down)
  const noSecret = { ...unread, ...noDate, client_id: null, version: null, problem: null }
  const noKeySet = { ...unread, key_ids: [] }
  const stale = { ...well.secret, stale: true }
  const staleKeys = () => Promise.resolve({ value: keySetOf(signingKey.jwk), stale: true })
  it.each<[string, FrontDoorOptions, object]>([
    ["the secret cannot be read", unreadSecret(down), { secret: { ...noSecret, error: down.code } }],
    ["the secret is gone", unreadSecret(gone), { secret: { ...noSecret, error: gone.code, problem: "it" } }],
    ["the secret is odd", unreadSecret(odd), { secret: { ...noSecret, error: "unexpected" } }],
    ["Secrets Manager is down while a secret is held", staleSecret(down), { secret: stale }],
    ["the current secret is unusable", staleSecret(unusable), { secret: { ...stale, problem } }],
    ["the keys cannot be read", { keySet: noKeys }, { key_set: { ...noKeySet, error: down.code } }],
    ["the keys are past their age", { keySet: staleKeys }, { key_set: { ...well.key_set, stale: true } }],
    ["SuperOffice cannot be reached", { answers: [down] }, { clock_skew_seconds: null }],
    ["SuperOffice tells no time", { answers: [plainAnswer(200, "{}")] }, { clock_skew_seconds: null }],
  ])("is degraded when %s, and still tells the rest", async (_what, options, changes) => {
    const door = open(options)
    expect(await door.invoke({})).toEqual({ ...well, status: "degraded", ...changes })
    expect(door.lastLine()).toMatchObject({ code: "ok" })
    expect(door.log.join()).not.toContain("client-secret-one")
  })

  it.each([
    ["ResourceNotFoundException", "canary", /does not exist in the function's region/],
    ["AccessDeniedException", "canary may not perform: secretsmanager:x", /secretsmanager:GetSecretValue/],
    ["DecryptionFailure", "canary", /kms:Decrypt on it \(secretKmsKeyArn in deployment.yml allows it\)/],
    ["ValidationException", "canary", /^down$/],
  ])("names what keeps the secret from being read after %s: %s", async (name, message, problem) => {
    const cause = Object.assign(new Error(message), { name })
    const error = new ExchangeError("configuration_invalid", "down", { cause })
    const answer = await open(unreadSecret(error)).invoke({})
    expect(answer).toMatchObject({
      status: "degraded",
      secret: { error: "configuration_invalid", problem: expect.stringMatching(problem) as string },
    })
    expect(JSON.stringify(answer)).not.toContain("canary")
  })

  it.each([
    [new Date("2022-05-07"), { expires: "2022-05-07", expires_in_days: 30 }, ["client_secret_expiring"]],
    [new Date("2022-04-06"), { expires: "2022-04-06", expires_in_days: -1 }, ["client_secret_expiring"]],
    [
      "unreadable" as const,
      { expires_problem: '"client_secret_expires" of the secret is not a date of the form YYYY-MM-DD' },
      ["client_secret_expires_unreadable"],
    ],
  ])("tells when the client secret expires, which degrades nothing: %s", async (expires, told, warnings) => {
    const value = { ...credentials, expires }
    const door = open({ credentials: () => Promise.resolve({ value, stale: false }) })
    expect(await door.invoke({})).toEqual({ ...well, secret: { ...well.secret, ...told } })
    const metrics = Object.keys(door.lastLine()).filter((name) => name.startsWith("client_secret_expir"))
    expect(metrics).toEqual(warnings)
  })

  it.each([
    [0.4, 0, "ok"],
    [60, 60, "ok"],
    [61, 61, "degraded"],
    [-0.6, -1, "ok"],
    [-61, -61, "degraded"],
  ])("tells a clock that is %s s ahead of ours as %i, which is %s", async (ahead, told, status) => {
    for (const answer of [answerAt(ahead), { ...answerAt(ahead), status: 503 }])
      expect(await open({ answers: [answer] }).invoke({})).toMatchObject({ status, clock_skew_seconds: told })
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
    const value = keySetOf(signingKey.jwk, { kty, n, e, kid: "another" }, { kty, n, e })
    const answer = await open({ keySet: () => Promise.resolve({ value, stale: false }) }).invoke({})
    expect(answer).toMatchObject({ key_set: { key_ids: [keyName, "kid:another"] } })
  })

  it("waits three seconds for each of the three, side by side", async () => {
    const { waits, events, ...context } = fakeContext({ answers: [answerAt(0)] })
    await health("1.2.3").run(undefined, context)
    expect(waits.map(({ ms }) => Math.round(ms / 100))).toEqual([30, 30, 30])
    expect(events.slice(0, 3).filter((event) => event.endsWith("done"))).toEqual([])
  })
})
