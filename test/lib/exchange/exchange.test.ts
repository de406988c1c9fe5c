import { setImmediate as turnOfTheEventLoop } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import { exchange as exchangeWith } from "../../../lib/exchange/exchange.ts"
import type { Grant, RequestedGrant } from "../../../lib/exchange/grant.ts"
import { normalizeClaims } from "../../../lib/id-token/claims.ts"
import type { VerifiedPayload } from "../../../lib/id-token/id-token.ts"
import type { RequestContext } from "../../../lib/request/context.ts"
import { codeGrant, fakeContext, refreshGrant, type FakePorts } from "../../support/context.ts"
import { accessToken, credentials, jsonAnswer, keySetOf } from "../../support/front-door.ts"
import { refreshTokenText, rejectedAnswer, signingKey, tokenAnswer } from "../../support/front-door.ts"
import { clientId, createSigningKey, namespace } from "../../../harness/id-tokens.ts"
import { signedAt, signIdToken, superOfficeClaims } from "../../../harness/id-tokens.ts"

const post = "POST https://sod.superoffice.com/login/common/oauth/tokens"
const anotherKey = createSigningKey()
const late = new ExchangeError("upstream_timeout", "late")
const neverSent = new ExchangeError("upstream_unavailable", "refused", { mayHaveArrived: false })
const secretDown = new ExchangeError("secret_unavailable", "down")
const keysDown = new ExchangeError("key_set_unavailable", "down")

/** An exchange whose answer has nothing in addition. */
function exchange(requested: RequestedGrant, context: RequestContext) {
  return exchangeWith(requested, new Set(), context)
}

/** Runs a grant that fails; gives the failure as it matters, and how often SuperOffice was asked. */
async function fail(grant: Grant, ports: FakePorts) {
  const context = fakeContext(ports)
  const error: unknown = await exchange(grant, context).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ExchangeError)
  const { code, isFinal } = error as ExchangeError
  return { code, isFinal, posts: context.posts.length }
}

function answerWith(claims: Readonly<Record<string, unknown>>) {
  return tokenAnswer({}, signIdToken(signingKey, superOfficeClaims(claims)))
}

describe("an exchange", () => {
  it("gives tokens, the verified payload and normalized claims, and logs whom it served", async () => {
    const payload = superOfficeClaims() as VerifiedPayload
    const idToken = signIdToken(signingKey, payload)
    const context = fakeContext({ answers: [tokenAnswer({}, idToken)] })
    expect(await exchange({ ...codeGrant, clientId }, context)).toEqual({
      grant: { ...codeGrant, clientId },
      credentials,
      tokens: { accessToken, expiresInSeconds: 3600, scope: "openid", refreshToken: refreshTokenText },
      receivedAt: signedAt,
      idToken,
      payload,
      signingKey: undefined,
      ...normalizeClaims(payload, { audience: clientId, localHost: undefined }),
    })
    const facts = { secretVersion: "v1", keyId: signingKey.kid, tenant: "Cust12020", associateId: 5 }
    expect(context.requestLog).toMatchObject({ posts: 1, facts, warnings: new Set() })
    expect(Object.keys(context.requestLog.durations).sort()).toEqual(["key_set", "secret", "token"])
  })

  it.each([
    ["secret", "keys"],
    ["keys", "secret"],
  ])("asks for both secret and keys before it posts, when the %s come before the %s", async (one, two) => {
    const release: Record<string, () => void> = {}
    const held = (name: string) => new Promise<void>((resolve) => (release[name] = resolve))
    const { events, ...context } = fakeContext({
      credentials: () => held("secret").then(() => credentials),
      keySet: () => held("keys").then(() => keySetOf(signingKey.jwk)),
    })
    const exchanged = exchange(codeGrant, context)
    release[one]?.()
    await turnOfTheEventLoop()
    expect(events).toEqual(["secret cached", "keys cached", `${one} cached: done`])
    release[two]?.()
    await exchanged
    expect(events.slice(3, 6)).toEqual([`${two} cached: done`, post, `${post}: done`])
  })

  it("succeeds with a warning when a claim is malformed", async () => {
    const context = fakeContext({ answers: [answerWith({ [`${namespace}associateid`]: "five" })] })
    await expect(exchange(codeGrant, context)).resolves.toHaveProperty("dropped", 1)
    expect([...context.requestLog.warnings]).toEqual(["claims_dropped"])
  })
})

describe("an exchange that fails", () => {
  it.each<[string, Grant, FakePorts]>([
    ["secret_unavailable", codeGrant, { credentials: () => secretDown }],
    ["key_set_unavailable", codeGrant, { keySet: () => keysDown }],
    ["request_invalid", { ...codeGrant, clientId: "another-client" }, {}],
  ])("with %s has posted nothing, so that the code can be used again", async (code, grant, ports) => {
    expect(await fail(grant, ports)).toEqual({ code, isFinal: false, posts: 0 })
  })

  it.each<[string, FakePorts, string]>([
    ["no answer in time", { answers: [late] }, "upstream_timeout"],
    ["a reset", { answers: [new ExchangeError("upstream_unavailable", "reset")] }, "upstream_unavailable"],
    ["a bad answer", { answers: [jsonAnswer(200, [])] }, "upstream_invalid"],
    ["a wrong ID Token", { answers: [answerWith({ aud: "another-client" })] }, "id_token_invalid"],
    [
      "a key that cannot be looked for",
      { keySet: (freshness) => (freshness === "cached" ? keySetOf(anotherKey.jwk) : keysDown) },
      "key_set_unavailable",
    ],
  ])("with %s is final for a code, which may have reached SuperOffice (C07)", async (_fault, ports, code) => {
    expect(await fail(codeGrant, ports)).toEqual({ code, isFinal: true, posts: 1 })
  })

  it("is not final when no connection was made, nor for a refresh", async () => {
    const code = await fail(codeGrant, { answers: [neverSent, neverSent] })
    expect(code).toEqual({ code: "upstream_unavailable", isFinal: false, posts: 2 })
    const refresh = await fail(refreshGrant, { answers: [late] })
    expect(refresh).toEqual({ code: "upstream_timeout", isFinal: false, posts: 1 })
  })
})

describe("the ID Token of an exchange", () => {
  it.each<[string, Grant, Record<string, unknown>]>([
    ["nonce (C20, C31, R12)", { ...codeGrant, nonce: "n-1" }, { nonce: "n-2" }],
    ["user (C34, R15, R16)", { ...refreshGrant, sub: "tony@example.com" }, { sub: "other@example.com" }],
  ])("withholds all tokens when it has another %s", async (_what, grant, other) => {
    const context = fakeContext({ answers: [answerWith({ nonce: "n-1" })] })
    await expect(exchange(grant, context)).resolves.toBeDefined()
    expect(await fail(grant, { answers: [answerWith(other)] })).toMatchObject({ code: "identity_mismatch" })
  })

  it("is compared with the access token that came with it (C32)", async () => {
    const ports = { answers: [answerWith({ at_hash: "AAAA" })] }
    expect(await fail(codeGrant, ports)).toMatchObject({ code: "id_token_invalid" })
  })

  it("may be signed by a key that appeared after the keys were read (C36, R14)", async () => {
    const { events, ...context } = fakeContext({
      answers: [tokenAnswer({}, signIdToken(anotherKey))],
      keySet: (freshness) => keySetOf((freshness === "cached" ? signingKey : anotherKey).jwk),
    })
    await exchange(codeGrant, context)
    const questions = events.filter((event) => event.startsWith("keys") && !event.endsWith("done"))
    expect(questions).toEqual(["keys cached", "keys reread"])
  })

  it("is for the client that redeemed it, also after the credentials were replaced", async () => {
    const replaced = { ...credentials, version: "v2", clientId: "new-client" }
    const context = fakeContext({
      answers: [rejectedAnswer, answerWith({ aud: "new-client" })],
      credentials: (freshness) => (freshness === "cached" ? credentials : replaced),
    })
    expect(await exchange(codeGrant, context)).toMatchObject({ claims: { aud: "new-client" } })
  })

  it("is judged by the time of receipt with the tolerance of the settings (C29)", async () => {
    const now = new Date(signedAt.getTime() + 300_000)
    await expect(exchange(codeGrant, fakeContext({ now }))).resolves.toMatchObject({ receivedAt: now })
    const env = { CLOCK_TOLERANCE_SECONDS: "0" }
    expect(await fail(codeGrant, { now, env })).toMatchObject({ code: "id_token_invalid" })
  })
})
