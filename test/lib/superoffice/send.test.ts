import { afterEach, describe, expect, it, vi } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import { checkOutage, readBody } from "../../../lib/superoffice/answer.ts"
import { send, type Message, type Rejected } from "../../../lib/superoffice/send.ts"
import { fakeContext, type FakePorts } from "../../support/context.ts"
import { jsonAnswer } from "../../support/front-door.ts"

const done = jsonAnswer(200, {})
const refused = jsonAnswer(400, {})
const notConnected = new ExchangeError("upstream_unavailable", "refused", { mayHaveArrived: false })
const reset = new ExchangeError("upstream_unavailable", "reset")
const late = new ExchangeError("upstream_timeout", "late")
const lateToConnect = new ExchangeError("upstream_timeout", "late", { mayHaveArrived: false })
const tooLong = new ExchangeError("upstream_invalid", "too long")
const busy = { ...jsonAnswer(503, {}), retryAfterSeconds: 7 }

afterEach(() => {
  vi.useRealTimers()
})

type Outcome = HttpAnswer | Error

/** A message that brings its credentials, a number, and knows what was replaced meanwhile. */
function message(
  isRepeatable: boolean,
  replaced: Partial<Record<Rejected, number | Error>> = {},
): Message<number, HttpAnswer> {
  return {
    step: "token",
    isRepeatable,
    request: (credentials) => ({
      method: "POST",
      url: "https://sod.superoffice.com/login/x",
      body: { type: "form", text: `credentials=${credentials}` },
      needsBody: () => true,
    }),
    read: (answer) => {
      const { status, body } = answer
      checkOutage(answer)
      readBody(answer)
      if (status === 403) throw new ExchangeError("signing_key_rejected", body)
      if (status === 401) throw new ExchangeError("client_rejected", body)
      if (status === 400) throw new ExchangeError("grant_rejected", body)
      return answer
    },
    renew: (rejected) => {
      const current = replaced[rejected]
      return current instanceof Error ? Promise.reject(current) : Promise.resolve(current)
    },
  }
}

/** Sends, and tells how it ended, what was posted and whether any of it may have arrived. */
async function sendWith(
  answers: FakePorts["answers"],
  isRepeatable: boolean,
  replaced: Partial<Record<Rejected, number | Error>> = {},
) {
  const context = fakeContext({ answers: answers ?? [] })
  const sent = await send(message(isRepeatable, replaced), 1, context)
  return {
    ...("value" in sent ? { value: sent.value } : { error: sent.error.code }),
    tries: context.posts.map(({ credentials }) => Number(credentials)),
    posts: context.requestLog.posts,
    mayHaveArrived: sent.mayHaveArrived,
    credentials: sent.credentials,
  }
}

describe("a code", () => {
  it("is sent once when it is answered", async () => {
    expect(await sendWith([done], false)).toEqual({
      value: done,
      tries: [1],
      posts: 1,
      mayHaveArrived: true,
      credentials: 1,
    })
  })

  it.each<[string, Outcome, string, boolean]>([
    ["a refusal", refused, "grant_rejected", true],
    ["a 429", jsonAnswer(429, {}), "upstream_unavailable", true],
    ["a 500", jsonAnswer(500, {}), "upstream_unavailable", true],
    ["a 503 that names a time", busy, "upstream_unavailable", true],
    ["a reset", reset, "upstream_unavailable", true],
    ["a time-out", late, "upstream_timeout", true],
    ["a time-out before there was a connection", lateToConnect, "upstream_timeout", false],
    ["an answer too long to read", tooLong, "upstream_invalid", true],
    ["an error without a name", new TypeError("unexpected"), "unexpected", true],
  ])("is sent once: %s (C07)", async (_what, answer, error, mayHaveArrived) => {
    expect(await sendWith([answer, done], false)).toEqual({
      error,
      tries: [1],
      posts: mayHaveArrived ? 1 : 0,
      mayHaveArrived,
      credentials: 1,
    })
  })

  it.each<[string, Outcome, boolean]>([
    ["a success", done, true],
    ["a reset", reset, true],
    ["no connection", notConnected, false],
    ["a 500", jsonAnswer(500, {}), true],
  ])(
    "is sent again when no connection was made, and that ends it: %s (C07)",
    async (_what, second, mayHaveArrived) => {
      expect(await sendWith([notConnected, second, done], false)).toMatchObject({
        tries: [1, 1],
        posts: mayHaveArrived ? 1 : 0,
        mayHaveArrived,
      })
    },
  )

  it("is known to have arrived once, though the last try never did", async () => {
    const sent = await sendWith([refused, notConnected, notConnected], false, { client_secret: 2 })
    expect(sent).toMatchObject({ error: "upstream_unavailable", tries: [1, 2, 2], mayHaveArrived: true })
  })
})

describe("what may be repeated", () => {
  it.each<[string, Outcome, number]>([
    ["no connection", notConnected, 1],
    ["a reset", reset, 2],
    ["a 500", jsonAnswer(500, {}), 2],
    ["a 503 that names no time", jsonAnswer(503, {}), 2],
    ["a 408, which says that it was not handled", jsonAnswer(408, {}), 2],
    ["a 425", jsonAnswer(425, {}), 2],
    ["a 200 that broke off", { ...done, unreadable: reset }, 2],
  ])("is sent again after %s", async (_what, first, posts) => {
    expect(await sendWith([first, done], true)).toMatchObject({ value: done, tries: [1, 1], posts })
  })

  it.each<[string, Outcome]>([
    ["a success", done],
    ["a refusal", refused],
    ["a 429", jsonAnswer(429, {})],
    ["a 503 that names a time", busy],
    ["a 200 that names a time and broke off (C71)", { ...done, unreadable: reset, retryAfterSeconds: 7 }],
    ["a time-out", late],
    ["an answer too long to read", tooLong],
    ["an error without a name", new TypeError("unexpected")],
  ])("is sent once all the same: %s", async (_what, answer) => {
    expect(await sendWith([answer, done], true)).toMatchObject({ tries: [1], posts: 1 })
  })

  it.each<[string, Outcome]>([
    ["a reset", reset],
    ["a 500", jsonAnswer(500, {})],
    ["no connection", notConnected],
  ])("is sent no third time after %s", async (_what, second) => {
    expect(await sendWith([reset, second, done], true)).toMatchObject({
      error: "upstream_unavailable",
      tries: [1, 1],
    })
  })
})

describe.each([
  ["a code", false],
  ["what may be repeated", true],
])("%s that is rejected", (_what, isRepeatable) => {
  it.each<[string, HttpAnswer, Rejected]>([
    ["the grant or the client", refused, "client_secret"],
    ["the client", jsonAnswer(401, {}), "client_secret"],
    ["the signature", jsonAnswer(403, {}), "signing_key"],
  ])("is sent once more with what replaced it: %s", async (_rejected, rejection, renewed) => {
    expect(await sendWith([rejection, done], isRepeatable, { [renewed]: 2 })).toEqual({
      value: done,
      tries: [1, 2],
      posts: 2,
      mayHaveArrived: true,
      credentials: 2,
    })
  })

  it("stays rejected when the answer names a time, whatever was replaced (C71)", async () => {
    const wait = { ...refused, retryAfterSeconds: 7 }
    expect(await sendWith([wait, done], isRepeatable, { client_secret: 2 })).toMatchObject({
      error: "grant_rejected",
      tries: [1],
    })
  })

  it("stays rejected when nothing was replaced", async () => {
    expect(await sendWith([refused, done], isRepeatable)).toMatchObject({
      error: "grant_rejected",
      tries: [1],
      credentials: 1,
    })
  })

  it("stays rejected the second time, as the second rejection says, and is not sent a third time", async () => {
    const sent = await sendWith([refused, jsonAnswer(401, {}), done], isRepeatable, { client_secret: 2 })
    expect(sent).toMatchObject({ error: "client_rejected", tries: [1, 2], credentials: 2 })
  })

  it("is sent with another secret, then with another key, when both were replaced", async () => {
    const replaced = { client_secret: 2, signing_key: 3 }
    expect(await sendWith([refused, jsonAnswer(403, {}), done], isRepeatable, replaced)).toMatchObject({
      value: done,
      tries: [1, 2, 3],
    })
  })

  it("ends as what became of the credentials, and may have arrived all the same", async () => {
    const gone = new ExchangeError("configuration_invalid", "gone", { mayHaveArrived: false })
    expect(await sendWith([refused, done], isRepeatable, { client_secret: gone })).toMatchObject({
      error: "configuration_invalid",
      tries: [1],
      mayHaveArrived: true,
    })
  })
})

describe("the deadline", () => {
  const slow = (answer: Outcome) => () => {
    vi.advanceTimersByTime(4_000)
    return answer
  }

  it("of ten seconds is shared by both tries, which are timed together under their step", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const context = fakeContext({ answers: [slow(reset), slow(done)] })
    await send({ ...message(true), step: "revocation" }, 1, context)
    expect(context.waits.map(({ ms }) => ms)).toEqual([10_000, 6_000])
    expect(context.requestLog.durations).toEqual({ revocation: 8_000 })
  })

  it("begins anew for a try with other credentials", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const context = fakeContext({ answers: [slow(refused), slow(done)] })
    await send(message(false, { client_secret: 2 }), 1, context)
    expect(context.waits.map(({ ms }) => ms)).toEqual([10_000, 10_000])
  })

  it("ends with the request's own", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const context = fakeContext({ deadline: { remainingMs: () => 1_234 } })
    await send(message(false), 1, context)
    expect(context.waits.map(({ ms }) => ms)).toEqual([1_234])
  })
})
