import { describe, expect, it } from "vitest"
import { dateOf, retryAfterSeconds } from "../../../lib/adapters/http-headers.ts"

const now = new Date("2026-11-26T12:00:00.500Z")

describe("Retry-After", () => {
  it("is absent", () => {
    expect(retryAfterSeconds({}, now)).toBeUndefined()
  })

  it.each([
    ["7", 7],
    ["9999", 9_999],
    ["10000", 10_000],
    ["0010", 10],
    ["86400", 86_400],
    ["86401", 86_400],
    ["9".repeat(400), 86_400],
    ["0", 1],
  ])("is a number of seconds, from one to a day: %s (C71)", (value, seconds) => {
    expect(retryAfterSeconds({ "retry-after": value }, now)).toBe(seconds)
  })

  it.each([
    ["Thu, 26 Nov 2026 12:01:30 GMT", 90],
    ["Thursday, 26-Nov-26 12:01:30 GMT", 90],
    ["Thu Nov 26 12:01:30 2026", 90],
    ["Thu, 26 Nov 2026 12:00:00 GMT", 1],
    ["Wed, 25 Nov 2026 12:00:00 GMT", 1],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 1],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 1],
    ["Sun Nov  6 08:49:37 1994", 1],
    ["Fri, 01 Jan 2100 00:00:00 GMT", 86_400],
    ["Friday, 01-Jan-76 00:00:00 GMT", 86_400],
    ["Saturday, 01-Jan-77 00:00:00 GMT", 1],
  ])("is a date in any of HTTP's three forms: %s (C71)", (value, seconds) => {
    expect(retryAfterSeconds({ "retry-after": value }, now)).toBe(seconds)
  })

  it.each([
    ["an answer of an hour later", { date: "Thu, 26 Nov 2026 13:00:00 GMT" }, 90],
    ["an answer whose Date cannot be read: by our clock", { date: "soon" }, 3_690],
    ["an answer without Date: by our clock", {}, 3_690],
  ])("counts a date from the answer's own Date in %s (C71)", (_what, headers, seconds) => {
    const retryAfter = "Thu, 26 Nov 2026 13:01:30 GMT"
    expect(retryAfterSeconds({ ...headers, "retry-after": retryAfter }, now)).toBe(seconds)
  })

  it.each([
    "",
    "soon",
    "-1",
    "1.5",
    "+5",
    "1e3",
    "30 s",
    "30, 60",
    "٣",
    "Thu, 26 Nov 2026 12:01:30",
    "Thu, 26 Nov 2026 25:01:30 GMT",
    "Thu, 26 Foo 2026 12:01:30 GMT",
    "2026-11-26T12:01:30Z",
  ])("is a minute when it cannot be read: %j (C71)", (value) => {
    expect(retryAfterSeconds({ "retry-after": value }, now)).toBe(60)
  })
})

describe("Date", () => {
  it.each<[string | undefined, string | undefined]>([
    ["Wed, 25 Nov 2026 12:00:00 GMT", "2026-11-25T12:00:00.000Z"],
    ["Wednesday, 25-Nov-26 12:00:00 GMT", "2026-11-25T12:00:00.000Z"],
    ["Wed Nov 25 12:00:00 2026", "2026-11-25T12:00:00.000Z"],
    ["2026", undefined],
    ["now", undefined],
    [undefined, undefined],
  ])("of %j is %j: SuperOffice's clock", (date, expected) => {
    expect(dateOf({ ...(date !== undefined && { date }) }, now)?.toISOString()).toBe(expected)
  })
})
