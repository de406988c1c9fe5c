import { afterEach, describe, expect, it, vi } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import { exchange } from "../../../lib/exchange/exchange.ts"
import type { CodeGrant, Grant, RefreshGrant } from "../../../lib/exchange/grant.ts"
import { Secret } from "../../../lib/secret.ts"
import {
  accessToken,
  credentials,
  jsonAnswer,
  keySetOf,
  refreshTokenText,
  rejectedAnswer,
  signingKey,
  tokenAnswer,
} from "../../support/front-door.ts"
import {
  clientId,
  createSigningKey,
  issuer,
  namespace,
  signedAt,
  signIdToken,
  superOfficeClaims,
} from "../../support/id-tokens.ts"
import { codeGrant, fakeContext, refreshGrant, type FakePorts } from "../../support/context.ts"

const post = "POST https://sod.superoffice.com/login/common/oauth/tokens"
const anotherKey = createSigningKey()
const neverSent = new ExchangeError("upstream_unavailable", "refused", { mayHaveArrived: false })

afterEach(() => {
  vi.useRealTimers()
})

/** Runs a grant that fails; gives the failure as it matters, and what happened. */
async function fail(grant: Grant, ports: FakePorts) {
  const context = fakeContext(ports)
  const error: unknown = await exchange(grant, context).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ExchangeError)
  const { code, isFinal } = error as ExchangeError
  return { code, isFinal, posts: context.posts.length, events: context.events }
}

function answerWith(claims: Readonly<Record<string, unknown>>) {
  return tokenAnswer({}, signIdToken(signingKey, superOfficeClaims(claims)))
}

function deferred<T>() {
  const settle: { resolve?: (value: T) => void } = {}
  const promise = new Promise<T>((resolve) => (settle.resolve = resolve))
  return { promise, resolve: (value: T) => settle.resolve?.(value) }
}

describe("an exchange", () => {
  it("gives tokens, the verified payload and normalized claims", async () => {
    const idToken = signIdToken(signingKey)
    const context = fakeContext({ answers: [tokenAnswer({}, idToken)] })
    expect(await exchange(codeGrant, context)).toEqual({
      grant: codeGrant,
      credentials,
      tokens: {
        accessToken,
        expiresInSeconds: 3600,
        scope: "openid",
        refreshToken: refreshTokenText,
      },
      receivedAt: signedAt,
      idToken,
      payload: superOfficeClaims(),
      claims: {
        iss: issuer,
        sub: "tony@example.com",
        aud: clientId,
        iat: 1_649_314_756,
        nbf: 1_649_314_696,
        exp: 1_649_315_056,
        ctx: "Cust12020",
        associateid: 5,
        identityprovider: "central-superid",
        email: "tony@example.com",
        upn: "tony@example.com",
        company_name: "Tonys Developer Network",
        is_administrator: false,
        serial: "1501178584",
        webapi_url: "https://sod.superoffice.com/Cust12020/api/",
      },
      others: {},
      dropped: 0,
    })
    expect(context.requestLog).toMatchObject({
      posts: 1,
      facts: { secretVersion: "v1", keyId: signingKey.kid, tenant: "Cust12020" },
      warnings: new Set(),
    })
    expect(Object.keys(context.requestLog.durations).sort()).toEqual(["key_set", "secret", "token"])
  })

  it("reads secret and keys side by side, and has both in hand before it posts", async () => {
    const { events, secret, keys } = heldBack()
    secret.resolve(credentials)
    await vi.waitUntil(() => events.includes("secret cached: done"))
    expect(events).toEqual(["secret cached", "keys cached", "secret cached: done"])
    keys.resolve(keySetOf(signingKey.jwk))
    await vi.waitUntil(() => events.includes(`${post}: done`))
    expect(events.slice(3, 6)).toEqual(["keys cached: done", post, `${post}: done`])
  })

  it("waits for the secret just as well as for the keys", async () => {
    const { events, secret, keys } = heldBack()
    keys.resolve(keySetOf(signingKey.jwk))
    await vi.waitUntil(() => events.includes("keys cached: done"))
    expect(events).toEqual(["secret cached", "keys cached", "keys cached: done"])
    secret.resolve(credentials)
    await vi.waitUntil(() => events.includes(`${post}: done`))
  })

  function heldBack() {
    const secret = deferred<typeof credentials>()
    const keys = deferred<ReturnType<typeof keySetOf>>()
    const context = fakeContext({ credentials: () => secret.promise, keySet: () => keys.promise })
    void exchange(codeGrant, context)
    return { events: context.events, secret, keys }
  }

  it("gives secret and keys three seconds each and the post ten", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const context = fakeContext()
    await exchange(codeGrant, context)
    expect(context.waits).toEqual([
      { question: "secret cached", ms: 3_000 },
      { question: "keys cached", ms: 3_000 },
      { question: post, ms: 10_000 },
    ])
  })

  it("gives nothing longer than the invocation has left", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const context = fakeContext({ deadline: { remainingMs: () => 700 } })
    await exchange(codeGrant, context)
    expect(new Set(context.waits.map(({ ms }) => ms))).toEqual(new Set([700]))
  })
})

describe("a code is never spent in vain: nothing is posted", () => {
  it.each(["secret_unavailable", "configuration_invalid"] as const)("on %s", async (code) => {
    const ports = { credentials: () => new ExchangeError(code, "no secret") }
    expect(await fail(codeGrant, ports)).toMatchObject({ code, isFinal: false, posts: 0 })
  })

  it("on key_set_unavailable", async () => {
    const ports = { keySet: () => new ExchangeError("key_set_unavailable", "no keys") }
    expect(await fail(codeGrant, ports)).toMatchObject({
      code: "key_set_unavailable",
      isFinal: false,
      posts: 0,
    })
  })

  it("on a client_id that is not ours", async () => {
    const grant: CodeGrant = { ...codeGrant, clientId: "another-client" }
    expect(await fail(grant, {})).toMatchObject({ code: "request_invalid", isFinal: false, posts: 0 })
  })

  it("but a client_id that is ours goes on", async () => {
    await expect(exchange({ ...codeGrant, clientId }, fakeContext())).resolves.toBeDefined()
  })
})

describe("a code that may have reached SuperOffice", () => {
  it.each<[string, FakePorts, string]>([
    ["no answer in time", { answers: [new ExchangeError("upstream_timeout", "late")] }, "upstream_timeout"],
    ["a reset", { answers: [new ExchangeError("upstream_unavailable", "reset")] }, "upstream_unavailable"],
    ["a 503", { answers: [jsonAnswer(503, {})] }, "upstream_unavailable"],
    ["a bad answer", { answers: [jsonAnswer(200, [])] }, "upstream_invalid"],
    [
      "an ID Token that does not hold",
      { answers: [answerWith({ aud: "another-client" })] },
      "id_token_invalid",
    ],
    [
      "a key that cannot be looked for",
      {
        keySet: (freshness) =>
          freshness === "cached"
            ? keySetOf(anotherKey.jwk)
            : new ExchangeError("key_set_unavailable", "down"),
      },
      "key_set_unavailable",
    ],
  ])("is marked as spent on %s (C07)", async (_fault, ports, code) => {
    expect(await fail(codeGrant, ports)).toMatchObject({ code, isFinal: true, posts: 1 })
  })

  it("is not marked when no connection was made, so that it can be tried again", async () => {
    expect(await fail(codeGrant, { answers: [neverSent, neverSent] })).toMatchObject({
      code: "upstream_unavailable",
      isFinal: false,
      posts: 2,
    })
  })

  it("leaves a refresh unmarked, since it can always be tried again", async () => {
    const ports = { answers: [new ExchangeError("upstream_timeout", "late")] }
    expect(await fail(refreshGrant, ports)).toMatchObject({ code: "upstream_timeout", isFinal: false })
  })
})

describe("the ID Token", () => {
  it("must carry the nonce of a code's caller (C20, C31, R12)", async () => {
    const grant: CodeGrant = { ...codeGrant, nonce: "n-1" }
    await expect(
      exchange(grant, fakeContext({ answers: [answerWith({ nonce: "n-1" })] })),
    ).resolves.toBeDefined()
    expect(await fail(grant, { answers: [answerWith({ nonce: "n-2" })] })).toMatchObject({
      code: "identity_mismatch",
    })
    expect(await fail(grant, {})).toMatchObject({ code: "identity_mismatch" })
  })

  it.each<[string, Partial<RefreshGrant>, Record<string, unknown>]>([
    ["user", { sub: "tony@example.com" }, { sub: "other@example.com" }],
    ["tenant", { ctx: "Cust12020" }, { [`${namespace}ctx`]: "Cust12021" }],
  ])("of a refresh must be for the %s that the caller knows (C34, R15, R16)", async (_what, known, other) => {
    const grant: RefreshGrant = { ...refreshGrant, ...known }
    await expect(exchange(grant, fakeContext())).resolves.toBeDefined()
    expect(await fail(grant, { answers: [answerWith(other)] })).toMatchObject({ code: "identity_mismatch" })
  })

  it("is compared with the access token that came with it (C32)", async () => {
    expect(await fail(codeGrant, { answers: [answerWith({ at_hash: "AAAA" })] })).toMatchObject({
      code: "id_token_invalid",
    })
  })

  it("may be signed by a key that appeared after the keys were read (C36, R14)", async () => {
    const answers = [tokenAnswer({}, signIdToken(anotherKey))]
    const keySet: FakePorts["keySet"] = (freshness) =>
      freshness === "cached" ? keySetOf(signingKey.jwk) : keySetOf(signingKey.jwk, anotherKey.jwk)
    const context = fakeContext({ answers, keySet })
    await exchange(codeGrant, context)
    expect(context.events.filter((event) => event.startsWith("keys"))).toEqual([
      "keys cached",
      "keys cached: done",
      "keys reread",
      "keys reread: done",
    ])
  })

  it("is for the client that redeemed it, also after the credentials were replaced", async () => {
    const replaced = {
      ...credentials,
      version: "v2",
      clientId: "new-client",
      clientSecret: new Secret("two"),
    }
    const ports: FakePorts = {
      answers: [rejectedAnswer, answerWith({ aud: "new-client" })],
      credentials: (freshness) => (freshness === "cached" ? credentials : replaced),
    }
    expect(await exchange(codeGrant, fakeContext(ports))).toMatchObject({ claims: { aud: "new-client" } })
  })

  it("is judged by the time of receipt with the tolerance of the settings (C29)", async () => {
    const now = new Date(signedAt.getTime() + 300_000)
    const env = { CLOCK_TOLERANCE_SECONDS: "0" }
    await expect(exchange(codeGrant, fakeContext({ now }))).resolves.toMatchObject({ receivedAt: now })
    expect(await fail(codeGrant, { now, env })).toMatchObject({ code: "id_token_invalid" })
  })
})

describe("a warning for the operator", () => {
  it.each<[string, FakePorts]>([
    ["secret_stale", { credentials: () => ({ value: credentials, stale: true }) }],
    ["key_set_stale", { keySet: () => ({ value: keySetOf(signingKey.jwk), stale: true }) }],
    ["claims_dropped", { answers: [answerWith({ [`${namespace}associateid`]: "five" })] }],
  ])("is %s, and the caller still gets an answer", async (warning, ports) => {
    const context = fakeContext(ports)
    await expect(exchange(codeGrant, context)).resolves.toBeDefined()
    expect([...context.requestLog.warnings]).toEqual([warning])
  })
})
