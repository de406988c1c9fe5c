import { describe, expect, it } from "vitest"
import { startRequestLog } from "../../../lib/request/request-log.ts"

describe("a request log", () => {
  it("starts empty", () => {
    expect(startRequestLog()).toMatchObject({ facts: {}, warnings: new Set(), durations: {}, posts: 0 })
  })

  it("keeps the facts that were noted, each as it was noted last", () => {
    const log = startRequestLog()
    log.note({ door: "direct", secretVersion: "v1" })
    log.note({ secretVersion: "v2", keyId: undefined })
    expect(log.facts).toEqual({ door: "direct", secretVersion: "v2", keyId: undefined })
  })

  it("keeps each warning once", () => {
    const log = startRequestLog()
    log.warn("secret_stale")
    log.warn("secret_stale")
    log.warn("claims_dropped")
    expect([...log.warnings]).toEqual(["secret_stale", "claims_dropped"])
  })

  it("adds up the durations of a step that was taken twice", () => {
    const log = startRequestLog()
    log.addDuration("secret", 2)
    log.addDuration("token", 7)
    log.addDuration("secret", 3.5)
    expect(log.durations).toEqual({ secret: 5.5, token: 7 })
  })

  it("counts posts", () => {
    const log = startRequestLog()
    log.countPost()
    log.countPost()
    expect(log.posts).toBe(2)
  })

  it("shares nothing with another request's (C65)", () => {
    const log = startRequestLog()
    log.note({ tenant: "Cust12020" })
    log.warn("secret_stale")
    log.addDuration("token", 1)
    log.countPost()
    expect(startRequestLog()).toMatchObject({ facts: {}, warnings: new Set(), durations: {}, posts: 0 })
  })
})
