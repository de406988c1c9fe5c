import { afterEach, describe, expect, it, vi } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import type { HttpAnswer, HttpRequest } from "../../../lib/ports.ts"
import { send } from "../../../lib/superoffice/send.ts"
import { jsonAnswer } from "../../support/front-door.ts"
import { fakeInvocation } from "../../support/invocation.ts"

const request: HttpRequest = {
  method: "POST",
  url: "https://sod.superoffice.com/login/x",
  body: { type: "form", text: "a=1" },
}
const done = jsonAnswer(200, {})
const neverSent = new ExchangeError("upstream_unavailable", "refused", { neverSent: true })
const reset = new ExchangeError("upstream_unavailable", "reset")
const late = new ExchangeError("upstream_timeout", "late")
const lateToConnect = new ExchangeError("upstream_timeout", "late", { neverSent: true })
const tooLong = new ExchangeError("upstream_invalid", "too long")
const foreign = new TypeError("unexpected")
const busy = { ...jsonAnswer(503, {}), retryAfterSeconds: 7 }

afterEach(() => {
  vi.useRealTimers()
})

type Outcome = HttpAnswer | Error

/** Posts, and tells what came of it, how often SuperOffice was asked and how many of those may have arrived. */
async function tryPost(isRepeatable: boolean, answers: readonly Outcome[]) {
  const invocation = fakeInvocation({ answers })
  const outcome = await send(request, { isRepeatable, step: "token" }, invocation).catch(
    (error: unknown) => error,
  )
  return { outcome, asked: invocation.posts.length, posts: invocation.requestLog.posts }
}

describe("what may not be repeated", () => {
  it.each<[string, Outcome, number]>([
    ["a success", done, 1],
    ["a refusal", jsonAnswer(400, {}), 1],
    ["a 429", jsonAnswer(429, {}), 1],
    ["a 500", jsonAnswer(500, {}), 1],
    ["a 503 that names a time", busy, 1],
    ["a reset", reset, 1],
    ["a time-out", late, 1],
    ["a time-out before there was a connection", lateToConnect, 0],
    ["an answer too long to read", tooLong, 1],
    ["an error without a name", foreign, 1],
  ])("is posted once: %s (C07)", async (_what, answer, posts) => {
    expect(await tryPost(false, [answer, done])).toEqual({ outcome: answer, asked: 1, posts })
  })

  it.each<[string, Outcome, number]>([
    ["a success", done, 1],
    ["a reset", reset, 1],
    ["no connection", neverSent, 0],
    ["a 500", jsonAnswer(500, {}), 1],
  ])(
    "is posted again when no connection was made, and that ends it: %s (C07)",
    async (_what, second, posts) => {
      expect(await tryPost(false, [neverSent, second, done])).toEqual({ outcome: second, asked: 2, posts })
    },
  )
})

describe("what may be repeated", () => {
  it.each<[string, Outcome, number]>([
    ["no connection", neverSent, 0],
    ["a reset", reset, 1],
    ["a 500", jsonAnswer(500, {}), 1],
    ["a 503 that names no time", jsonAnswer(503, {}), 1],
  ])("is posted again after %s", async (_what, first, posts) => {
    expect(await tryPost(true, [first, done])).toEqual({ outcome: done, asked: 2, posts: posts + 1 })
  })

  it.each<[string, Outcome]>([
    ["a success", done],
    ["a refusal", jsonAnswer(400, {})],
    ["a 429", jsonAnswer(429, {})],
    ["a 503 that names a time", busy],
    ["a time-out", late],
    ["an answer too long to read", tooLong],
    ["an error without a name", foreign],
  ])("is posted once all the same: %s", async (_what, answer) => {
    expect(await tryPost(true, [answer, done])).toEqual({ outcome: answer, asked: 1, posts: 1 })
  })

  it.each<[string, Outcome]>([
    ["a reset", reset],
    ["a 500", jsonAnswer(500, {})],
  ])("is posted no third time after %s", async (_what, second) => {
    expect(await tryPost(true, [reset, second, done])).toEqual({ outcome: second, asked: 2, posts: 2 })
  })
})

describe("both tries", () => {
  it("post the same request, share ten seconds, and are timed together under their step", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const slow = (answer: Outcome) => () => {
      vi.advanceTimersByTime(4_000)
      return answer
    }
    const invocation = fakeInvocation({ answers: [slow(reset), slow(done)] })
    await send(request, { isRepeatable: true, step: "revocation" }, invocation)
    expect(invocation.posts).toEqual([{ a: "1" }, { a: "1" }])
    expect(invocation.waits.map(({ ms }) => ms)).toEqual([10_000, 6_000])
    expect(invocation.requestLog.durations).toEqual({ revocation: 8_000 })
  })

  it("end with the invocation", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const invocation = fakeInvocation({ deadline: { remainingMs: () => 1_234 } })
    await send(request, { isRepeatable: false, step: "token" }, invocation)
    expect(invocation.waits).toEqual([{ question: `POST ${request.url}`, ms: 1_234 }])
  })
})
