import { describe, expect, it } from "vitest"
import { createRejectionCounter, type RejectionCounter } from "../../../lib/request/rejections.ts"
import { Secret } from "../../../lib/secret.ts"

/** Counts rejections of so many different tokens. */
function rejectedTimes(counter: RejectionCounter, times: number, version = "v1"): boolean[] {
  return Array.from({ length: times }, (_, index) => counter.rejected(new Secret(`token ${index}`), version))
}

describe("rejections in a row", () => {
  it("make the secret suspect from the fifth on", () => {
    expect(rejectedTimes(createRejectionCounter(), 6)).toEqual([false, false, false, false, true, true])
  })

  it("of one token count once, however often its page is loaded again", () => {
    const counter = createRejectionCounter()
    const token = new Secret("a-token")
    for (let i = 0; i < 20; i++) expect(counter.rejected(token, "v1")).toBe(false)
    expect(rejectedTimes(counter, 4)).toEqual([false, false, false, true])
    expect(counter.rejected(token, "v1")).toBe(true)
  })

  it("are forgotten after a success", () => {
    const counter = createRejectionCounter()
    rejectedTimes(counter, 5)
    counter.succeeded()
    expect(rejectedTimes(counter, 5)).toEqual([false, false, false, false, true])
  })

  it("are counted for one version of the secret alone", () => {
    const counter = createRejectionCounter()
    rejectedTimes(counter, 4, "v1")
    expect(rejectedTimes(counter, 5, "v2")).toEqual([false, false, false, false, true])
    expect(counter.rejected(new Secret("a-token"), "v1")).toBe(false)
  })

  it("of one counter are not those of another", () => {
    rejectedTimes(createRejectionCounter(), 4)
    expect(createRejectionCounter().rejected(new Secret("a-token"), "v1")).toBe(false)
  })
})
