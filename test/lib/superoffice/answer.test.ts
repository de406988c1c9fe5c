import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import { checkOutage, isOutage, isRefusal, readBody } from "../../../lib/superoffice/answer.ts"
import { plainAnswer } from "../../support/front-door.ts"

describe("the status of an answer", () => {
  const statuses = Array.from({ length: 500 }, (_, index) => 100 + index)

  it("is an outage when it is 5xx, 408, 425 or 429, and a refusal when it is any other 4xx (C70)", () => {
    const outages = statuses.filter(isOutage)
    expect(outages).toEqual([408, 425, 429, ...statuses.filter((status) => status >= 500)])
    const refusals = statuses.filter((status) => status >= 400 && !outages.includes(status))
    expect(statuses.filter(isRefusal)).toEqual(refusals)
  })
})

describe("an answer with Retry-After", () => {
  const answer = { ...plainAnswer(503, "text"), retryAfterSeconds: 7 }
  const says = (error: object) => expect.objectContaining({ ...error, retryAfterSeconds: 7 }) as Error

  it("says when to come back from an outage (C71)", () => {
    const error = says({ code: "upstream_unavailable", message: "SuperOffice answered 503" })
    expect(() => {
      checkOutage(answer)
    }).toThrow(error)
    expect(() => {
      checkOutage({ ...answer, status: 200 })
    }).not.toThrow()
  })

  it("says when to come back when it broke off, because its head is known (C71)", () => {
    const unreadable = new ExchangeError("upstream_unavailable", "the answer broke off", { cause: "reset" })
    const error = says({ code: "upstream_unavailable", cause: "reset" })
    expect(() => readBody({ ...answer, status: 200, unreadable })).toThrow(error)
    expect(readBody(answer)).toBe("text")
  })
})
