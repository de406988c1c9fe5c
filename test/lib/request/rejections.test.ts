import { describe, expect, it } from "vitest"
import { createRejectionCounter } from "../../../lib/request/rejections.ts"

function rejectedTimes(
  counter: ReturnType<typeof createRejectionCounter>,
  times: number,
  version = "v1",
): boolean[] {
  return Array.from({ length: times }, () => counter.rejected(version))
}

describe("rejections in a row", () => {
  it("make the secret suspect from the fifth on", () => {
    expect(rejectedTimes(createRejectionCounter(), 6)).toEqual([false, false, false, false, true, true])
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
    expect(counter.rejected("v1")).toBe(false)
  })

  it("of one counter are not those of another", () => {
    rejectedTimes(createRejectionCounter(), 4)
    expect(createRejectionCounter().rejected("v1")).toBe(false)
  })
})
