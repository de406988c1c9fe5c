import { afterEach, describe, expect, it, vi } from "vitest"
import { deadlineIn } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { ask, inTime } from "../../../lib/request/ask.ts"
import type { Step } from "../../../lib/request/request-log.ts"
import { credentials } from "../../support/front-door.ts"
import { fakeContext } from "../../support/context.ts"

afterEach(() => {
  vi.useRealTimers()
})

describe("asking a port that caches", () => {
  it.each(["cached", "reread"] as const)(
    "gives its value, %s, with the duration in the log",
    async (freshness) => {
      const context = fakeContext()
      expect(await ask("secret", context.ports.credentials, freshness, context)).toBe(credentials)
      expect(context.events).toEqual([`secret ${freshness}`, `secret ${freshness}: done`])
      expect(context.requestLog).toMatchObject({
        durations: { secret: expect.any(Number) as unknown },
        warnings: new Set(),
      })
    },
  )

  it.each(["secret", "key_set"] as const)("warns of a stale %s", async (step) => {
    const context = fakeContext()
    const port = () => Promise.resolve({ value: "old", readAt: new Date(), stale: true })
    expect(await ask(step, port, "cached", context)).toBe("old")
    expect([...context.requestLog.warnings]).toEqual([`${step}_stale`])
  })
})

describe("a step that waits for the network", () => {
  it.each<[Step, number]>([
    ["secret", 3_000],
    ["key_set", 3_000],
    ["token", 10_000],
    ["revocation", 10_000],
    ["system_user", 10_000],
    ["tenant", 2_000],
  ])("%s may take %d ms, and never longer than the request has", async (step, ms) => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const left = (deadline: { remainingMs(): number }) => Promise.resolve(deadline.remainingMs())
    expect(await inTime(step, left, fakeContext())).toBe(ms)
    expect(await inTime(step, left, fakeContext({ deadline: deadlineIn(700) }))).toBe(700)
  })

  it("has its duration in the log, also when it fails, and lets the error through", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const context = fakeContext()
    const failure = new ExchangeError("upstream_unavailable", "down")
    const slow = () => {
      vi.advanceTimersByTime(1_500)
      return Promise.reject(failure)
    }
    await expect(inTime("token", slow, context)).rejects.toBe(failure)
    await expect(inTime("token", slow, context)).rejects.toBe(failure)
    expect(context.requestLog.durations).toEqual({ token: 3_000 })
  })
})
