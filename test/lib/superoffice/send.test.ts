import { afterEach, describe, expect, it, vi } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import { checkOutage, readBody } from "../../../lib/superoffice/answer.ts"
import { send, type Message, type Rejected } from "../../../lib/superoffice/send.ts"
import { fakeContext } from "../../support/context.ts"
import { jsonAnswer } from "../../support/front-door.ts"

const done = jsonAnswer(200, {})
const refused = jsonAnswer(400, {})
const outage = jsonAnswer(500, {})
const busy = { ...jsonAnswer(503, {}), retryAfterSeconds: 7 }
const notConnected = new ExchangeError("upstream_unavailable", "refused", { mayHaveArrived: false })
const reset = new ExchangeError("upstream_unavailable", "reset")
const late = new ExchangeError("upstream_timeout", "late")
const lateToConnect = new ExchangeError("upstream_timeout", "late", { mayHaveArrived: false })
const tooLong = new ExchangeError("upstream_invalid", "too long")
const unnamed = new TypeError("unexpected")

afterEach(() => {
  vi.useRealTimers()
})

type Outcome = HttpAnswer | Error
type Replaced = Partial<Record<Rejected, number | Error>>

/** A message that brings its credentials, a number, and knows what was replaced meanwhile. */
function message(isRepeatable: boolean, replaced: Replaced = {}): Message<number, HttpAnswer> {
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
      if (status === 402) throw new ExchangeError("system_user_rejected", body)
      if (status === 401) throw new ExchangeError("client_rejected", body)
      if (status === 400) throw new ExchangeError("grant_rejected", body)
      return answer
    },
    fetchReplacement: (rejected) => {
      const current = rejected === "signing_key" ? replaced.signing_key : replaced.client_secret
      return current instanceof Error ? Promise.reject(current) : Promise.resolve(current)
    },
  }
}

/** Sends, and tells how it ended, what was posted and whether any of it may have arrived. */
async function sendWith(answers: readonly Outcome[], isRepeatable: boolean, replaced: Replaced = {}) {
  const context = fakeContext({ answers })
  const { credentials, mayHaveArrived, ...sent } = await send(message(isRepeatable, replaced), 1, context)
  const end = "value" in sent ? { value: sent.value } : { error: sent.error.code }
  const tries = context.posts.map((post) => Number(post.credentials))
  return { ...end, credentials, mayHaveArrived, tries, posts: context.requestLog.posts }
}

describe("a code", () => {
  it.each<[string, Outcome, string, boolean]>([
    ["a refusal", refused, "grant_rejected", true],
    ["a 429", jsonAnswer(429, {}), "upstream_unavailable", true],
    ["a 500", outage, "upstream_unavailable", true],
    ["a 503 that names a time", busy, "upstream_unavailable", true],
    ["a reset", reset, "upstream_unavailable", true],
    ["a time-out", late, "upstream_timeout", true],
    ["a time-out before there was a connection", lateToConnect, "upstream_timeout", false],
    ["an answer too long to read", tooLong, "upstream_invalid", true],
    ["an answer that broke off", { ...done, unreadable: notConnected }, "upstream_unavailable", true],
    ["an error without a name", unnamed, "unexpected", true],
  ])("is sent once when there is %s (C07)", async (_what, answer, error, mayHaveArrived) => {
    const posts = mayHaveArrived ? 1 : 0
    const expected = { error, credentials: 1, mayHaveArrived, tries: [1], posts }
    expect(await sendWith([answer, done], false)).toEqual(expected)
  })

  it.each<[string, Outcome, boolean]>([
    ["succeeds", done, true],
    ["is reset", reset, true],
    ["has no connection", notConnected, false],
    ["is answered by a 500", outage, true],
  ])(
    "is sent twice at most when no connection was made: the second try %s (C07)",
    async (_what, second, arrived) => {
      const expected = { tries: [1, 1], posts: arrived ? 1 : 0, mayHaveArrived: arrived }
      expect(await sendWith([notConnected, second, done], false)).toMatchObject(expected)
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
    ["a 500", outage, 2],
    ["a 408", jsonAnswer(408, {}), 2],
    ["a 425", jsonAnswer(425, {}), 2],
    ["a 200 that broke off", { ...done, unreadable: reset }, 2],
  ])("is sent again after %s", async (_what, first, posts) => {
    expect(await sendWith([first, done], true)).toMatchObject({ value: done, tries: [1, 1], posts })
  })

  it.each<[string, Outcome]>([
    ["a success", done],
    ["a refusal", refused],
    ["a 429", jsonAnswer(429, {})],
    ["a 503 that names a time (C71)", busy],
    ["a 200 that names a time and broke off (C71)", { ...done, unreadable: reset, retryAfterSeconds: 7 }],
    ["a time-out", late],
    ["an answer too long to read", tooLong],
    ["an error without a name", unnamed],
  ])("is sent once all the same when there is %s", async (_what, answer) => {
    expect(await sendWith([answer, done], true)).toMatchObject({ tries: [1], posts: 1 })
  })

  it.each<[string, Outcome]>([
    ["a 500", outage],
    ["no connection", notConnected],
  ])("is sent no third time after a reset and %s", async (_what, second) => {
    const expected = { error: "upstream_unavailable", tries: [1, 1] }
    expect(await sendWith([reset, second, done], true)).toMatchObject(expected)
  })
})

describe.each([
  ["a code", false],
  ["what may be repeated", true],
])("%s that is rejected", (_what, isRepeatable) => {
  it.each<[string, number, Rejected]>([
    ["for the grant or the client", 400, "client_secret"],
    ["for the client", 401, "client_secret"],
    ["for the system user", 402, "client_secret"],
    ["for the signature", 403, "signing_key"],
  ])("%s is sent once more with what replaced the credential", async (_why, status, replaced) => {
    const sent = await sendWith([jsonAnswer(status, {}), done], isRepeatable, { [replaced]: 2 })
    expect(sent).toEqual({ value: done, credentials: 2, mayHaveArrived: true, tries: [1, 2], posts: 2 })
  })

  const wait = { ...refused, retryAfterSeconds: 7 }
  const gone = new ExchangeError("configuration_invalid", "gone", { mayHaveArrived: false })
  const renewed = { client_secret: 2 }
  it.each<[string, Outcome[], Replaced, string, number[]]>([
    ["when the answer names a time (C71)", [wait], renewed, "grant_rejected", [1]],
    ["when nothing was replaced", [refused], {}, "grant_rejected", [1]],
    ["as the second rejection says", [refused, jsonAnswer(401, {})], renewed, "client_rejected", [1, 2]],
    ["as the new credentials fail", [refused], { client_secret: gone }, "configuration_invalid", [1]],
  ])("stays rejected %s", async (_when, answers, replaced, error, tries) => {
    const sent = await sendWith([...answers, done], isRepeatable, replaced)
    expect(sent).toMatchObject({ error, tries, credentials: tries.at(-1), mayHaveArrived: true })
  })

  it("is sent with another secret, then with another key, when both were replaced", async () => {
    const replaced = { client_secret: 2, signing_key: 3 }
    const sent = await sendWith([refused, jsonAnswer(403, {}), done], isRepeatable, replaced)
    expect(sent).toMatchObject({ value: done, tries: [1, 2, 3] })
  })
})

describe("the deadline of what is sent", () => {
  const slow = (answer: Outcome) => () => {
    vi.advanceTimersByTime(4_000)
    return answer
  }

  it.each<[string, Message<number, HttpAnswer>, Outcome, number[]]>([
    ["is shared by both tries", message(true), reset, [10_000, 6_000]],
    ["begins anew with other credentials", message(false, { client_secret: 2 }), refused, [10_000, 10_000]],
  ])("%s, which are timed together under their step", async (_what, sent, first, waits) => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const context = fakeContext({ answers: [slow(first), slow(done)] })
    await send({ ...sent, step: "revocation" }, 1, context)
    expect(context.waits.map(({ ms }) => ms)).toEqual(waits)
    expect(context.requestLog.durations).toEqual({ revocation: 8_000 })
  })

  it("is never later than the request's own", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const context = fakeContext({ deadline: { remainingMs: () => 1_234 } })
    await send(message(false), 1, context)
    expect(context.waits.map(({ ms }) => ms)).toEqual([1_234])
  })
})
