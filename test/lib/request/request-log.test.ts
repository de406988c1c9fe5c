import { describe, expect, it } from "vitest"
import { startRequestLog } from "../../../lib/request/request-log.ts"

describe("a request log", () => {
  it("keeps the last fact of a name, each warning once, the sum of durations, and the number of posts", () => {
    const log = startRequestLog()
    expect(log).toMatchObject({ facts: {}, warnings: new Set(), durations: {}, posts: 0 })
    log.note({ door: "direct", secretVersion: "v1" })
    log.note({ secretVersion: "v2", keyId: undefined })
    for (const warning of ["secret_stale", "secret_stale", "claims_dropped"] as const) log.warn(warning)
    log.addDuration("secret", 2)
    log.addDuration("token", 7)
    log.addDuration("secret", 3.5)
    log.countPost()
    log.countPost()
    expect(log).toMatchObject({
      facts: { door: "direct", secretVersion: "v2", keyId: undefined },
      warnings: new Set(["secret_stale", "claims_dropped"]),
      durations: { secret: 5.5, token: 7 },
      posts: 2,
    })
  })
})
