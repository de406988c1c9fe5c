import { describe, expect, it } from "vitest"
import { retryAfterSeconds } from "../../../lib/adapters/http-headers.ts"

const now = new Date("2026-11-26T12:00:00.500Z")

describe("retryAfterSeconds", () => {
  it.each([
    ["7", 7],
    ["0010", 10],
    ["86400", 86_400],
    ["86401", 86_400],
    ["9".repeat(400), 86_400],
    ["0", 1],
  ])("reads a number of seconds, from one to a day: %s (C71)", (value, seconds) => {
    expect(retryAfterSeconds({ "retry-after": value }, now)).toBe(seconds)
  })

  it.each([
    ["Thu, 26 Nov 2026 12:01:30 GMT", 90],
    ["Thursday, 26-Nov-26 12:01:30 GMT", 90],
    ["Thu Nov 26 12:01:30 2026", 90],
    ["Sun Nov  6 08:49:37 1994", 1],
    ["Fri, 01 Jan 2100 00:00:00 GMT", 86_400],
    // A year of two digits is at most 50 years ahead.
    ["Friday, 01-Jan-76 00:00:00 GMT", 86_400],
    ["Saturday, 01-Jan-77 00:00:00 GMT", 1],
  ])("reads a date in any of HTTP's three forms: %s (C71)", (value, seconds) => {
    expect(retryAfterSeconds({ "retry-after": value }, now)).toBe(seconds)
  })

  it.each([
    ["from the answer's own Date", { date: "Thu, 26 Nov 2026 13:00:00 GMT" }, 90],
    ["by our clock when the answer's Date cannot be read", { date: "soon" }, 3_690],
    ["by our clock when the answer has no Date", {}, 3_690],
  ])("counts a date %s (C71)", (_how, headers, seconds) => {
    expect(retryAfterSeconds({ ...headers, "retry-after": "Thu, 26 Nov 2026 13:01:30 GMT" }, now)).toBe(
      seconds,
    )
  })

  it.each([
    "",
    "1.5",
    "٣",
    "Thu, 26 Nov 2026 25:01:30 GMT",
    "Thu, 26 Foo 2026 12:01:30 GMT",
    "2026-11-26T12:01:30Z",
  ])("gives a minute for what it cannot read: %j (C71)", (value) => {
    expect(retryAfterSeconds({ "retry-after": value }, now)).toBe(60)
  })

  it("gives nothing when the header is absent", () => {
    expect(retryAfterSeconds({}, now)).toBeUndefined()
  })
})
