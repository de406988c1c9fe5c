import { afterEach, describe, expect, it, vi } from "vitest"
import { UnusableSecret } from "../../../lib/credentials/client-secret.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import { redeem } from "../../../lib/exchange/redeem.ts"
import { Secret } from "../../../lib/secret.ts"
import {
  accessToken,
  credentials,
  jsonAnswer,
  rejectedAnswer,
  tokenAnswer,
} from "../../support/front-door.ts"
import { codeGrant, fakeContext, refreshGrant, type FakeContext } from "../../support/context.ts"

const tokenUrl = "https://sod.superoffice.com/login/common/oauth/tokens"
const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }
const neverSent = new ExchangeError("upstream_unavailable", "refused", { mayHaveArrived: false })
const reset = new ExchangeError("upstream_unavailable", "reset")
const late = new ExchangeError("upstream_timeout", "late")
const clientRejected = jsonAnswer(400, { error: "invalid_client" })

afterEach(() => {
  vi.useRealTimers()
})

async function codeOf(redeeming: ReturnType<typeof redeem>): Promise<unknown> {
  const sent = await redeeming
  return "error" in sent ? sent.error.code : "ok"
}

function secretsPosted({ posts }: FakeContext): unknown[] {
  return posts.map((post) => post.client_secret)
}

describe("what is posted", () => {
  it("is the code, all it was bound to, and our credentials (C01, C03, C04, C08)", async () => {
    const context = fakeContext()
    expect(await redeem(codeGrant, credentials, context)).toMatchObject({
      value: { accessToken },
      credentials,
      mayHaveArrived: true,
    })
    expect(context.posts).toEqual([
      {
        grant_type: "authorization_code",
        client_id: "db1834037c58c02b6bd9898feef19845",
        client_secret: "client-secret-one",
        code: "a-code",
        redirect_uri: "https://app.example.com/callback",
        code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      },
    ])
    expect(context.events).toEqual([`POST ${tokenUrl}`, `POST ${tokenUrl}: done`])
  })

  it("is the refresh token and our credentials, and nothing else (C01, C14)", async () => {
    const context = fakeContext()
    await redeem(refreshGrant, credentials, context)
    expect(context.posts).toEqual([
      {
        grant_type: "refresh_token",
        client_id: "db1834037c58c02b6bd9898feef19845",
        client_secret: "client-secret-one",
        refresh_token: "a-refresh-token",
      },
    ])
  })
})

describe("a code", () => {
  it.each<[string, HttpAnswer | Error, string]>([
    ["a reset after it may have been sent", reset, "upstream_unavailable"],
    ["a time-out", late, "upstream_timeout"],
    ["a 500", jsonAnswer(500, {}), "upstream_unavailable"],
    ["a 503", jsonAnswer(503, {}), "upstream_unavailable"],
    ["a 429", jsonAnswer(429, {}), "upstream_unavailable"],
    ["a redirect", jsonAnswer(302, {}), "upstream_invalid"],
    ["an answer that is not a token response", jsonAnswer(200, {}), "upstream_invalid"],
    ["an answer that is not HTTP", new ExchangeError("upstream_invalid", "is not HTTP"), "upstream_invalid"],
  ])("is never posted again after %s (C07)", async (_fault, answer, code) => {
    const context = fakeContext({ answers: [answer, tokenAnswer()] })
    expect(await codeOf(redeem(codeGrant, credentials, context))).toBe(code)
    expect(context.posts).toHaveLength(1)
    expect(context.requestLog.posts).toBe(1)
  })

  it("is posted again, once, when no connection was made (C07)", async () => {
    const context = fakeContext({ answers: [neverSent, tokenAnswer()] })
    await redeem(codeGrant, credentials, context)
    expect(context.posts).toHaveLength(2)
    expect(context.requestLog.posts).toBe(1)
  })

  it("is not posted a third time when again no connection was made (C07)", async () => {
    const context = fakeContext({ answers: [neverSent, neverSent, tokenAnswer()] })
    expect(await codeOf(redeem(codeGrant, credentials, context))).toBe("upstream_unavailable")
    expect(context.posts).toHaveLength(2)
    expect(context.requestLog.posts).toBe(0)
  })

  it("is not posted again when the second try may have arrived (C07)", async () => {
    const context = fakeContext({ answers: [neverSent, reset, tokenAnswer()] })
    expect(await codeOf(redeem(codeGrant, credentials, context))).toBe("upstream_unavailable")
    expect(context.posts).toHaveLength(2)
    expect(context.requestLog.posts).toBe(1)
  })
})

describe("a refresh", () => {
  it.each<[string, HttpAnswer | Error]>([
    ["no connection", neverSent],
    ["a reset", reset],
    ["a 500", jsonAnswer(500, {})],
    ["a 503 that names no time", jsonAnswer(503, {})],
  ])("is repeated once after %s, since refresh tokens are not rotated", async (_fault, answer) => {
    const context = fakeContext({ answers: [answer, tokenAnswer()] })
    expect(await redeem(refreshGrant, credentials, context)).toMatchObject({ value: { accessToken } })
    expect(context.posts).toHaveLength(2)
    expect(context.posts[1]).toEqual(context.posts[0])
  })

  it("is not repeated twice", async () => {
    const context = fakeContext({ answers: [reset, jsonAnswer(502, {}), tokenAnswer()] })
    expect(await codeOf(redeem(refreshGrant, credentials, context))).toBe("upstream_unavailable")
    expect(context.posts).toHaveLength(2)
  })

  it.each<[string, HttpAnswer | Error, string]>([
    ["a time-out, when the time is up", late, "upstream_timeout"],
    [
      "a 503 that says when to come back",
      { ...jsonAnswer(503, {}), retryAfterSeconds: 7 },
      "upstream_unavailable",
    ],
    ["a 429", jsonAnswer(429, {}), "upstream_unavailable"],
    ["an answer that is not a token response", jsonAnswer(200, {}), "upstream_invalid"],
    ["a refusal", rejectedAnswer, "grant_rejected"],
  ])("is not repeated after %s", async (_fault, answer, code) => {
    const context = fakeContext({ answers: [answer, tokenAnswer()] })
    expect(await codeOf(redeem(refreshGrant, credentials, context))).toBe(code)
    expect(context.posts).toHaveLength(1)
  })

  it("shares one deadline of ten seconds between both tries", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const slowReset = () => {
      vi.advanceTimersByTime(4_000)
      return reset
    }
    const context = fakeContext({ answers: [slowReset, tokenAnswer()] })
    await redeem(refreshGrant, credentials, context)
    expect(context.waits.map(({ ms }) => ms)).toEqual([10_000, 6_000])
  })

  it("never waits longer than the invocation", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const context = fakeContext({ deadline: { remainingMs: () => 1_234 } })
    await redeem(refreshGrant, credentials, context)
    expect(context.waits.map(({ ms }) => ms)).toEqual([1_234])
  })
})

describe.each([
  ["a code", codeGrant],
  ["a refresh", refreshGrant],
] as const)("%s that is refused", (_name, grant) => {
  it.each([
    ["the grant or the client", rejectedAnswer],
    ["the client", clientRejected],
    ["the client, by 401", jsonAnswer(401, {})],
  ])(
    "is tried once more with a secret that was replaced meanwhile: refused was %s",
    async (_what, refusal) => {
      const context = fakeContext({ answers: [refusal, tokenAnswer()], credentials: () => replaced })
      const redeemed = await redeem(grant, credentials, context)
      expect(redeemed.credentials).toBe(replaced)
      expect(context.events).toEqual([
        `POST ${tokenUrl}`,
        `POST ${tokenUrl}: done`,
        "secret reread",
        "secret reread: done",
        `POST ${tokenUrl}`,
        `POST ${tokenUrl}: done`,
      ])
      expect(secretsPosted(context)).toEqual(["client-secret-one", "client-secret-two"])
      expect(context.posts[1]).toEqual({ ...context.posts[0], client_secret: "client-secret-two" })
      expect([...context.requestLog.warnings]).toEqual(["client_secret_replaced"])
      expect(context.requestLog.facts.secretVersion).toBe("v2")
    },
  )

  it("stays refused when the secret is the same (C07)", async () => {
    const context = fakeContext({ answers: [rejectedAnswer, tokenAnswer()] })
    expect(await codeOf(redeem(grant, credentials, context))).toBe("grant_rejected")
    expect(context.posts).toHaveLength(1)
  })

  it("stays refused when a new version brought the same secret, with other sealing keys", async () => {
    const resealed = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-one") }
    const context = fakeContext({
      answers: [rejectedAnswer, tokenAnswer()],
      credentials: () => resealed,
    })
    expect(await codeOf(redeem(grant, credentials, context))).toBe("grant_rejected")
    expect(context.posts).toHaveLength(1)
  })

  it("is tried no more than once more", async () => {
    let version = 2
    const context = fakeContext({
      answers: [rejectedAnswer, rejectedAnswer, tokenAnswer()],
      credentials: () => ({ ...replaced, version: `v${version++}` }),
    })
    expect(await codeOf(redeem(grant, credentials, context))).toBe("grant_rejected")
    expect(context.posts).toHaveLength(2)
  })

  it("stays refused when Secrets Manager is down", async () => {
    const down = new ExchangeError("secret_unavailable", "down")
    const context = fakeContext({ answers: [rejectedAnswer], credentials: () => down })
    expect(await codeOf(redeem(grant, credentials, context))).toBe("grant_rejected")
  })

  it("stays refused when the secret has become unusable, because the cached value stays in use", async () => {
    const unusable = new UnusableSecret("it is not a JSON object")
    const context = fakeContext({ answers: [rejectedAnswer], credentials: () => unusable })
    expect(await codeOf(redeem(grant, credentials, context))).toBe("grant_rejected")
  })

  it("is configuration_invalid when the secret is gone", async () => {
    const gone = new ExchangeError("configuration_invalid", "gone")
    const context = fakeContext({ answers: [rejectedAnswer], credentials: () => gone })
    expect(await codeOf(redeem(grant, credentials, context))).toBe("configuration_invalid")
  })
})

describe("a client secret", () => {
  let tokens = 0
  const anotherRefresh = () => ({ ...refreshGrant, refreshToken: new Secret(`token ${(tokens += 1)}`) })
  const refuse = async (grant: typeof codeGrant | typeof refreshGrant, context: FakeContext) => {
    const refused = fakeContext({ answers: [rejectedAnswer] })
    const once = { ...refused, rejections: context.rejections }
    await codeOf(redeem(grant, credentials, once))
    return [...once.requestLog.warnings]
  }

  it("is suspected at the fifth refused refresh in a row, and from then on", async () => {
    const context = fakeContext()
    for (let i = 0; i < 4; i++) expect(await refuse(anotherRefresh(), context)).toEqual([])
    expect(await refuse(anotherRefresh(), context)).toEqual(["client_secret_suspected"])
    expect(await refuse(anotherRefresh(), context)).toEqual(["client_secret_suspected"])
  })

  it("is not suspected when one page is loaded again and again", async () => {
    const context = fakeContext()
    for (let i = 0; i < 9; i++) expect(await refuse(refreshGrant, context)).toEqual([])
  })

  it("is not suspected when a success came between", async () => {
    const context = fakeContext()
    for (let i = 0; i < 4; i++) await refuse(anotherRefresh(), context)
    await redeem(codeGrant, credentials, context)
    expect(await refuse(anotherRefresh(), context)).toEqual([])
  })

  it("is not suspected for codes, which anybody can make up", async () => {
    const context = fakeContext()
    for (let i = 0; i < 6; i++) expect(await refuse(codeGrant, context)).toEqual([])
  })

  it("is suspected also when it was read again for the rejected refreshes", async () => {
    const { rejections } = fakeContext()
    for (let i = 0; i < 5; i++) {
      const replacedSecret = fakeContext({
        answers: [rejectedAnswer, rejectedAnswer],
        credentials: () => replaced,
      })
      await codeOf(redeem(anotherRefresh(), credentials, { ...replacedSecret, rejections }))
    }
    expect(rejections.rejected(new Secret("another"), "v2")).toBe(true)
  })
})
