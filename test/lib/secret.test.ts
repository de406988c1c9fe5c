import { format, inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { Secret } from "../../lib/secret.ts"

const secret = new Secret("the-hidden-value")

describe("a Secret", () => {
  it.each([
    ["String()", String(secret)],
    ["JSON", JSON.stringify({ secret })],
    ["inspect", inspect({ deep: { secret } }, { depth: null, showHidden: true })],
    ["the console", format("%s %o %j", secret, secret, secret)],
    ["an error's cause", inspect(new Error("failed", { cause: secret }))],
  ])("prints as [secret] by way of %s (C62)", (_way, text) => {
    expect(text).toContain("[secret]")
    expect(text).not.toContain("hidden")
  })

  it("gives its value to reveal() alone, and cannot be copied or enumerated", () => {
    expect(secret.reveal()).toBe("the-hidden-value")
    expect(Object.assign({}, secret)).toEqual({})
    expect(structuredClone(secret)).toEqual({})
    expect(Reflect.ownKeys(secret)).toEqual([])
  })

  it("equals another of the same value, and no other", () => {
    expect(secret.equals(new Secret("the-hidden-value"))).toBe(true)
    expect(secret.equals(new Secret("the-hidden-valuE"))).toBe(false)
  })
})
