import { describe, expect, it } from "vitest"
import { wholeNumber } from "../../lib/whole-number.ts"

describe("a whole number", () => {
  it.each([
    [0, 0],
    [3600, 3600],
    [999_999_999_999, 999_999_999_999],
    ["0", 0],
    ["1516299656", 1_516_299_656],
    ["007", 7],
    ["999999999999", 999_999_999_999],
  ])("is %j", (value, number) => {
    expect(wholeNumber(value)).toBe(number)
  })

  it.each([
    -1,
    0.5,
    1_000_000_000_000,
    NaN,
    Infinity,
    "",
    "-1",
    "+1",
    "1.0",
    "1e3",
    "0x10",
    " 1",
    "1\n",
    "١",
    "1000000000000",
    true,
    null,
    undefined,
    1n,
    ["1"],
    {},
  ])("is not %o", (value) => {
    expect(wholeNumber(value)).toBeUndefined()
  })
})
