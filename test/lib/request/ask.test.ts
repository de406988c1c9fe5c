import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { deadlineIn, type Deadline } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { ask, inTime } from "../../../lib/request/ask.ts"
import { fakeContext } from "../../support/context.ts"
import { credentials } from "../../support/front-door.ts"

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] })
})

afterEach(() => {
  vi.useRealTimers()
})

describe("ask", () => {
  it.each([
    ["cached", false, []],
    ["reread", true, ["secret_stale"]],
  ] as const)(
    "gives the %s value of a port, and warns of it if stale: %s",
    async (freshness, stale, warnings) => {
      const context = fakeContext({ credentials: () => ({ value: credentials, stale }) })
      expect(await ask("secret", context.ports.credentials, freshness, context)).toBe(credentials)
      expect(context.events[0]).toBe(`secret ${freshness}`)
      expect(context.requestLog.durations).toEqual({ secret: 0 })
      expect([...context.requestLog.warnings]).toEqual(warnings)
    },
  )
})

describe("inTime", () => {
  it.each([
    ["secret", 3_000],
    ["key_set", 3_000],
    ["token", 10_000],
    ["revocation", 10_000],
    ["system_user", 10_000],
    ["tenant", 2_000],
  ] as const)("lets %s take %d ms, and never longer than the request has", async (step, ms) => {
    const left = (deadline: Deadline) => Promise.resolve(deadline.remainingMs())
    expect(await inTime(step, left, fakeContext())).toBe(ms)
    expect(await inTime(step, left, fakeContext({ deadline: deadlineIn(700) }))).toBe(700)
  })

  it("adds up how long the tries of a step took when they fail, and lets the error through", async () => {
    const context = fakeContext()
    const failure = new ExchangeError("upstream_unavailable", "down")
    const slow = () => {
      vi.advanceTimersByTime(1_500)
      return Promise.reject(failure)
    }
    for (let i = 0; i < 2; i++) await expect(inTime("token", slow, context)).rejects.toBe(failure)
    expect(context.requestLog.durations).toEqual({ token: 3_000 })
  })
})
