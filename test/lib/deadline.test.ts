import { describe, expect, it } from "vitest"
import { deadlineIn, timing, within, type Deadline } from "../../lib/deadline.ts"

const slackMs = 500

function expectAbout(deadline: Deadline, ms: number): void {
  const remaining = deadline.remainingMs()
  expect(remaining).toBeLessThanOrEqual(ms)
  expect(remaining).toBeGreaterThan(ms - slackMs)
}

describe("a deadline", () => {
  it("has the time left that it was given, and less as time passes", () => {
    const deadline = deadlineIn(60_000)
    expectAbout(deadline, 60_000)
    const before = deadline.remainingMs()
    const start = performance.now()
    while (performance.now() - start < 2);
    expect(deadline.remainingMs()).toBeLessThanOrEqual(before - 2)
  })

  it.each([0, -1, -60_000])("of %d ms has passed, and never has less than nothing left", (ms) => {
    expect(deadlineIn(ms).remainingMs()).toBe(0)
  })

  it("within another ends at the earlier of the two", () => {
    expectAbout(within(deadlineIn(60_000), 3_000), 3_000)
    expectAbout(within(deadlineIn(3_000), 60_000), 3_000)
    expect(within(deadlineIn(0), 3_000).remainingMs()).toBe(0)
  })
})

describe("the steps' times", () => {
  it("are those of the design", () => {
    expect(timing).toEqual({
      connectMs: 2_000,
      keySetMs: 3_000,
      secretMs: 3_000,
      tokenPostMs: 10_000,
      leastForPostMs: 1_000,
      tenantMs: 2_000,
      lambdaReserveMs: 500,
    })
  })

  it("let one exchange finish well inside the function's 20 s", () => {
    const preparing = Math.max(timing.keySetMs, timing.secretMs)
    expect(preparing + timing.tokenPostMs + timing.lambdaReserveMs).toBeLessThan(20_000)
  })
})
