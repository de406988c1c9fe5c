import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import { checkOutage, isOutage, isRefusal, readBody } from "../../../lib/superoffice/answer.ts"

const statuses = Array.from({ length: 500 }, (_, index) => 100 + index)

describe("a status", () => {
  it("is an outage when it says 'not now' (C70)", () => {
    expect(statuses.filter(isOutage)).toEqual([408, 425, 429, ...statuses.filter((status) => status >= 500)])
  })

  it("is a refusal when it is 4xx and no outage", () => {
    const others = [408, 425, 429]
    expect(statuses.filter(isRefusal)).toEqual(
      statuses.filter((status) => status >= 400 && status < 500 && !others.includes(status)),
    )
  })
})

describe("an answer", () => {
  const answer = { status: 503, body: "text", retryAfterSeconds: 7 }

  it("that is an outage says when to come back (C71)", () => {
    const outage = new ExchangeError("upstream_unavailable", "SuperOffice answered 503", {
      retryAfterSeconds: 7,
    })
    expect(() => {
      checkOutage(answer)
    }).toThrow(expect.objectContaining({ code: outage.code, message: outage.message, retryAfterSeconds: 7 }))
    expect(() => {
      checkOutage({ ...answer, status: 200 })
    }).not.toThrow()
  })

  it("has a body, or the reason why it cannot be read", () => {
    const unreadable = new ExchangeError("upstream_invalid", "SuperOffice's answer is not UTF-8")
    expect(readBody(answer)).toBe("text")
    expect(() => readBody({ ...answer, retryAfterSeconds: undefined, unreadable })).toThrow(unreadable)
  })

  it("that broke off says when to come back, because its head is known (C71)", () => {
    const unreadable = new ExchangeError("upstream_unavailable", "the answer broke off", { cause: "reset" })
    expect(() => readBody({ ...answer, status: 200, unreadable })).toThrow(
      expect.objectContaining({ code: "upstream_unavailable", retryAfterSeconds: 7, cause: "reset" }),
    )
  })
})
