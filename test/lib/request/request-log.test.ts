import { describe, expect, it } from "vitest"
import { startTrace } from "../../../lib/request/request-log.ts"

/** Takes at least two milliseconds. */
function work(): Promise<string> {
  const start = performance.now()
  while (performance.now() - start < 2);
  return Promise.resolve("done")
}

describe("a trace", () => {
  it("starts empty", () => {
    expect(startTrace()).toEqual({
      door: undefined,
      signals: new Set(),
      durations: {},
      posts: 0,
      secretVersion: undefined,
      keyId: undefined,
      tenant: undefined,
      timed: expect.any(Function) as unknown,
    })
  })

  it("gives a step's outcome and notes how long it took", async () => {
    const trace = startTrace()
    expect(await trace.timed("token", work)).toBe("done")
    expect(trace.durations).toEqual({ token: expect.any(Number) as unknown })
    expect(trace.durations.token).toBeGreaterThanOrEqual(2)
  })

  it("adds up a step that was taken twice", async () => {
    const trace = startTrace()
    await trace.timed("secret", work)
    const once = trace.durations.secret ?? NaN
    await trace.timed("secret", work)
    expect(trace.durations.secret).toBeGreaterThanOrEqual(once + 2)
  })

  it("notes a step that failed, and lets its error through", async () => {
    const trace = startTrace()
    const failure = new Error("down")
    await expect(trace.timed("key_set", () => Promise.reject(failure))).rejects.toBe(failure)
    expect(trace.durations).toEqual({ key_set: expect.any(Number) as unknown })
  })

  it("shares nothing with another request's (C65)", async () => {
    const trace = startTrace()
    trace.signals.add("secret_stale")
    await trace.timed("token", work)
    expect(startTrace()).toMatchObject({ signals: new Set(), durations: {} })
  })
})
