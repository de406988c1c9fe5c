import { describe, expect, it } from "vitest"
import { isPlainObject, parseJson } from "../../lib/json.ts"

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
