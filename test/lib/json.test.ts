import { describe, expect, it } from "vitest"
import { isPlainObject, parseJson, parseWholeNumber } from "../../lib/json.ts"

describe("parsing JSON", () => {
  it.each([
    ['{"a":[1,null]}', { a: [1, null] }],
    ["null", null],
    ['"text"', "text"],
    ['{"a":1,"a":2}', { a: 2 }],
  ])("gives the value of %s", (text, value) => {
    expect(parseJson(text)).toEqual(value)
  })

  it.each(["", "{", "<html>", "undefined", "{'a':1}", "{} {}", "\ufeff{}"])(
    "gives undefined for %j, and no error that quotes it",
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

describe("a JSON object", () => {
  it.each([{}, { a: 1 }, Object.create(null)])("is %j", (value) => {
    expect(isPlainObject(value)).toBe(true)
  })

  it.each([null, undefined, [], "text", 1, true])("is not %j", (value) => {
    expect(isPlainObject(value)).toBe(false)
  })
})

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
    expect(parseWholeNumber(value)).toBe(number)
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
    expect(parseWholeNumber(value)).toBeUndefined()
  })
})
