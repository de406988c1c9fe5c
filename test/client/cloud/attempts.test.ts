import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import {
  createClient,
  type CallOptions,
  type ClientOptions,
  type TokenRequest,
  type Transport,
} from "../../../client/cloud.ts"
import { failure, over, secretError, throws } from "./transports.ts"
import { code, functions, refresh, serviceError, tokenResponse } from "./values.ts"

const good = () => ({ body: tokenResponse })

describe("a call of a cloud client", () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const later = async <Answer>(pending: Promise<Answer>, milliseconds = 10_000): Promise<Answer> => {
    await vi.advanceTimersByTimeAsync(milliseconds)
    return await pending
  }

  it.each([
    ["throttled", true, true],
    ["gateway_unavailable", true, false],
    ["function_failed", true, false],
    ["no_answer", true, false],
    ["not_permitted", false, false],
    ["not_found", false, false],
    ["answer_unreadable", false, false],
    ["cancelled", false, false],
    ["options_invalid", false, false],
    ["request_malformed", false, false],
    ["package_missing", false, false],
  ])(
    "that failed as %s is repeated for a refresh token: %s, may be made again with a code: %s, and is made once with that (C64)",
    async (reason, isRepeated, isCodeRetryable) => {
      const { client, calls } = over(() => ({ failure: reason, reason: "In words." }))
      const withCode = failure(reason, { retryable: isCodeRetryable })
      expect(await later(client.exchangeCode(code))).toEqual(withCode)
      expect(await later(client.token({ grant_type: "authorization_code", ...code }))).toEqual(withCode)
      expect(calls()).toBe(2)
      const refreshed = failure(reason, { retryable: isRepeated })
      expect(await later(client.refreshToken(refresh))).toEqual(refreshed)
      expect(await later(client.token({ grant_type: "refresh_token", ...refresh }))).toEqual(refreshed)
      expect(calls()).toBe(isRepeated ? 6 : 4)
    },
  )

  it("is repeated when the service says that it helps, but never with a code", async () => {
    const body = { ...serviceError, code: "secret_unavailable", retryable: true }
    const { client, calls } = over(() => (calls() === 1 ? { body } : good()))
    expect(await later(client.refreshToken(refresh))).toEqual({ ok: true, value: tokenResponse })
    const down = over(() => ({ body }))
    expect(await later(down.client.exchangeCode(code))).toEqual({ ok: false, error: body })
    expect(down.calls()).toBe(1)
  })

  it.each([
    [undefined, 200],
    [1, 1_000],
    [5, 5_000],
  ])("waits as long as the answer says: %s seconds", async (retryAfterSeconds, milliseconds) => {
    const { client, calls } = over(() => ({ failure: "throttled", reason: "In words.", retryAfterSeconds }))
    const pending = client.refreshToken(refresh)
    await vi.advanceTimersByTimeAsync(milliseconds - 1)
    expect(calls()).toBe(1)
    await later(pending, 1)
    expect(calls()).toBe(2)
  })

  it.each([6, "soon"])("leaves a wait of %j seconds to the caller", async (retry_after_seconds) => {
    const body = { ...serviceError, retryable: true, retry_after_seconds }
    const { client, calls } = over(() => ({ body }))
    expect(await later(client.refreshToken(refresh))).toEqual({ ok: false, error: body })
    expect(calls()).toBe(1)
  })

  it("is not repeated when the caller's signal aborts meanwhile", async () => {
    const { client, calls } = over(() => ({ failure: "no_answer", reason: "In words." }))
    const controller = new AbortController()
    const pending = client.refreshToken(refresh, controller)
    await vi.advanceTimersByTimeAsync(100)
    controller.abort()
    expect(await later(pending)).toEqual(failure("no_answer", { retryable: true }))
    expect(calls()).toBe(1)
  })

  it("is given up when its signal aborts, although the transport never answers and ignores the signal", async () => {
    const controller = new AbortController()
    const { client } = over(() => new Promise(() => undefined))
    const pending = client.exchangeCode(code, controller)
    controller.abort()
    expect(await pending).toEqual(failure("cancelled"))
    const signal = AbortSignal.timeout(1)
    expect(await client.exchangeCode(code, { signal })).toEqual(failure("cancelled"))
  })

  it.each([
    ["throws", throws],
    ["rejects", () => Promise.reject(secretError)],
  ])("is no_answer when the transport %s", async (_how, call) => {
    const result = await over(call).client.exchangeCode(code)
    expect(result).toEqual(failure("no_answer"))
    expect(JSON.stringify(result)).not.toContain(secretError.message)
  })

  it.each([
    undefined,
    [],
    {},
    { failure: "unheard_of", reason: "It is new." },
    { failure: "constructor", reason: "It is no code." },
    { failure: "throttled" },
    { failure: 5, reason: "It is a number." },
    { body: undefined },
    { body: [] },
  ])("is answer_unreadable when the transport returns %j (C77)", async (returned) => {
    const { client, calls } = over(() => Promise.resolve(returned))
    expect(await later(client.refreshToken(refresh))).toEqual(failure("answer_unreadable"))
    expect(calls()).toBe(1)
  })
})

describe("a cloud client", () => {
  it.each([undefined, { call: "text" }])("takes a transport of %j for options_invalid", async (wrong) => {
    const client = createClient(wrong as unknown as Transport)
    for (const { call } of functions) expect(await call(client)).toEqual(failure("options_invalid"))
  })

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "soon", null])(
    "takes a timeoutMs of %s for options_invalid",
    async (timeoutMs) => {
      const { client, calls } = over(good, { timeoutMs } as ClientOptions)
      expect(await client.exchangeCode(code)).toEqual(failure("options_invalid"))
      expect(calls()).toBe(0)
    },
  )

  const unreadable = Object.defineProperty({}, "signal", { get: throws })

  it.each<[string, unknown, string]>([
    ["options whose signal is a text", { signal: "soon" }, "options_invalid"],
    ["options whose signal is no AbortSignal", { signal: new EventTarget() }, "options_invalid"],
    ["options that throw when they are read", unreadable, "options_invalid"],
    ["a signal that has aborted already", { signal: AbortSignal.abort() }, "cancelled"],
  ])("sends nothing with %s", async (_what, options, expected) => {
    const { client, calls } = over(good)
    expect(await client.exchangeCode(code, options as CallOptions)).toEqual(failure(expected))
    expect(calls()).toBe(0)
  })

  it.each([undefined, null])("takes options of %j for none", async (options) => {
    const { client } = over(good, options as unknown as ClientOptions)
    const result = await client.exchangeCode(code, options as unknown as CallOptions)
    expect(result).toEqual({ ok: true, value: tokenResponse })
  })

  it("takes a grant type that throws when it is read for options_invalid", async () => {
    const request = Object.defineProperty({}, "grant_type", { get: throws })
    expect(await over(good).client.token(request as TokenRequest)).toEqual(failure("options_invalid"))
  })
})
