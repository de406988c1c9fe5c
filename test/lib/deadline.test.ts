import { afterEach, describe, expect, it, vi } from "vitest"
import { deadlineIn, timing, within } from "../../lib/deadline.ts"

afterEach(() => {
  vi.useRealTimers()
})

describe("a deadline", () => {
  it("has less time left as time passes, and never less than nothing", () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const deadline = deadlineIn(60_000)
    expect(deadline.remainingMs()).toBe(60_000)
    vi.advanceTimersByTime(59_999)
    expect(deadline.remainingMs()).toBe(1)
    vi.advanceTimersByTime(2)
    expect(deadline.remainingMs()).toBe(0)
    expect(deadlineIn(-1).remainingMs()).toBe(0)
  })

  it("within another ends at the earlier of the two", () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    expect(within(deadlineIn(60_000), 3_000).remainingMs()).toBe(3_000)
    expect(within(deadlineIn(3_000), 60_000).remainingMs()).toBe(3_000)
    expect(within(deadlineIn(0), 3_000).remainingMs()).toBe(0)
  })

  it("of each step leaves an exchange time to finish within the function's 20 s", () => {
    const { keySetMs, secretMs, tokenPostMs, lambdaReserveMs } = timing
    expect(Math.max(keySetMs, secretMs) + tokenPostMs + lambdaReserveMs).toBeLessThan(20_000)
  })
})
