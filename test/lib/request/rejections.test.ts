import { describe, expect, it } from "vitest"
import { createRejectionCounter } from "../../../lib/request/rejections.ts"
import { Secret } from "../../../lib/secret.ts"

describe("the rejection counter", () => {
  /** A new counter, and how it answers the rejections of so many different tokens. */
  function openCounter() {
    const counter = createRejectionCounter()
    const reject = (times: number, version = "v1") =>
      Array.from({ length: times }, (_, index) => counter.rejected(new Secret(`token ${index}`), version))
    return { counter, reject }
  }
  const untilFifth = [false, false, false, false, true]

  it("suspects the client secret from the fifth rejection in a row on", () => {
    expect(openCounter().reject(6)).toEqual([...untilFifth, true])
  })

  it("counts a token once, however often its page is loaded again", () => {
    const { counter, reject } = openCounter()
    const token = new Secret("a-token")
    for (let i = 0; i < 20; i++) expect(counter.rejected(token, "v1")).toBe(false)
    expect(reject(4)).toEqual([false, false, false, true])
    expect(counter.rejected(token, "v1")).toBe(true)
  })

  it("begins anew after a success", () => {
    const { counter, reject } = openCounter()
    reject(5)
    counter.succeeded()
    expect(reject(5)).toEqual(untilFifth)
  })

  it("begins anew with another version of the secret, and with another environment", () => {
    const { reject } = openCounter()
    reject(4, "v1")
    expect(reject(5, "v2")).toEqual(untilFifth)
    expect(reject(1, "v1")).toEqual([false])
    expect(openCounter().reject(1, "v1")).toEqual([false])
  })
})
