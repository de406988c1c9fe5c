import { format, inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { Secret } from "../../lib/secret.ts"

const secret = new Secret("the-hidden-value")

describe("a secret", () => {
  it.each([
    ["String()", String(secret)],
    ["joining", [secret, secret].join()],
    ["JSON", JSON.stringify({ secret })],
    ["inspect", inspect({ deep: { secret } }, { depth: null, showHidden: true })],
    ["console's %s", format("%s", secret)],
    ["console's %o", format("%o", secret)],
    ["console's %j", format("%j", secret)],
    ["an error's cause", inspect(new Error("failed", { cause: secret }))],
  ])("prints as [secret] by way of %s (C62)", (_way, text) => {
    expect(text).toContain("[secret]")
    expect(text).not.toContain("hidden")
  })

  it("cannot be copied or enumerated", () => {
    expect(Object.assign({}, secret)).toEqual({})
    expect(structuredClone(secret)).toEqual({})
    expect(Reflect.ownKeys(secret)).toEqual([])
  })

  it("is revealed to whoever asks by name", () => {
    expect(secret.reveal()).toBe("the-hidden-value")
  })

  it("equals another of the same value, and no other", () => {
    expect(secret.equals(new Secret("the-hidden-value"))).toBe(true)
    expect(secret.equals(new Secret("the-hidden-valuE"))).toBe(false)
    expect(secret.equals(new Secret("[secret]"))).toBe(false)
  })
})
