import { describe, expect, it } from "vitest"
import { isPlainObject, parseJson, parseWholeNumber } from "../../lib/json.ts"

describe("parseJson", () => {
  it.each<[string, unknown]>([
    ['{"a":[1,null]}', { a: [1, null] }],
    ["null", null],
    ['"text"', "text"],
    ['{"a":1,"a":2}', { a: 2 }],
  ])("gives the value of %s", (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })

  it.each(["", "{", "<html>", "{} {}", "\ufeff{}"])(
    "throws nothing that quotes %j, but gives undefined",
    (text) => {
      expect(parseJson(text)).toBeUndefined()
    },
  )

  it("leaves prototypes alone: __proto__ is a member like any other (C55)", () => {
    const value = parseJson('{"__proto__":{"code":"x"}}')
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(value).not.toHaveProperty("code")
  })
})

describe("isPlainObject", () => {
  it("accepts objects, and neither null nor a list nor anything else", () => {
    expect([{}, { a: 1 }, Object.create(null)].map(isPlainObject)).toEqual([true, true, true])
    expect([null, undefined, [], "text", 1, true].filter(isPlainObject)).toEqual([])
  })
})

describe("parseWholeNumber", () => {
  it.each([
    [0, 0],
    [999_999_999_999, 999_999_999_999],
    ["0", 0],
    ["007", 7],
    ["999999999999", 999_999_999_999],
  ])("reads %j", (value, number) => {
    expect(parseWholeNumber(value)).toBe(number)
  })

  it("refuses signs, fractions, exponents, white space, more than 12 digits and what is no number", () => {
    const texts = ["", "-1", "+1", "1.0", "1e3", "0x10", " 1", "1\n", "١", "1000000000000"]
    const others = [-1, 0.5, 1_000_000_000_000, NaN, Infinity, true, null, undefined, 1n, ["1"], {}]
    for (const value of [...texts, ...others]) expect(parseWholeNumber(value)).toBeUndefined()
  })
})
