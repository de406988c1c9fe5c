import { describe, expect, it } from "vitest"
import { startRequestLog } from "../../../lib/request/request-log.ts"

/** Takes at least two milliseconds. */
function work(): Promise<string> {
  const start = performance.now()
  while (performance.now() - start < 2);
  return Promise.resolve("done")
}

describe("a trace", () => {
  it("starts empty", () => {
    expect(startRequestLog()).toEqual({
      door: undefined,
      warnings: new Set(),
      durations: {},
      posts: 0,
      secretVersion: undefined,
      keyId: undefined,
      tenant: undefined,
      timed: expect.any(Function) as unknown,
    })
  })

  it("gives a step's outcome and notes how long it took", async () => {
    const requestLog = startRequestLog()
    expect(await requestLog.timed("token", work)).toBe("done")
    expect(requestLog.durations).toEqual({ token: expect.any(Number) as unknown })
    expect(requestLog.durations.token).toBeGreaterThanOrEqual(2)
  })

  it("adds up a step that was taken twice", async () => {
    const requestLog = startRequestLog()
    await requestLog.timed("secret", work)
    const once = requestLog.durations.secret ?? NaN
    await requestLog.timed("secret", work)
    expect(requestLog.durations.secret).toBeGreaterThanOrEqual(once + 2)
  })

  it("notes a step that failed, and lets its error through", async () => {
    const requestLog = startRequestLog()
    const failure = new Error("down")
    await expect(requestLog.timed("key_set", () => Promise.reject(failure))).rejects.toBe(failure)
    expect(requestLog.durations).toEqual({ key_set: expect.any(Number) as unknown })
  })

  it("shares nothing with another request's (C65)", async () => {
    const requestLog = startRequestLog()
    requestLog.warnings.add("secret_stale")
    await requestLog.timed("token", work)
    expect(startRequestLog()).toMatchObject({ warnings: new Set(), durations: {} })
  })
})
