import { randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import { checkCredential, isPlaceholder } from "../../../operator/secret/credential.ts"

describe("a placeholder", () => {
  it.each([
    "db18…ef19845",
    "0123…cdef",
    "0123...cdef",
    "0123456789abcdef0123456789abcdef",
    "<client-id>",
    "${CLIENT_SECRET}",
    "{{secret}}",
    "[secret]",
    "%SECRET%",
    "xxxxxxxxxxxxxxxx",
    "00000000000000000000000000000000",
    "********",
    "YOUR_CLIENT_ID",
    "your-client-secret-here",
    "changeme",
    "change-me",
    "CHANGE_ME",
    "example",
    "example-client-secret",
    "placeholder",
    "client_id",
    "client-secret",
    "clientSecret",
    "my-secret",
    "superoffice-secret",
    "test",
    "null",
    "undefined",
  ])("%s is one", (value) => {
    expect(isPlaceholder(value)).toBe(true)
  })

  it.each([
    // Values of SuperOffice's shape.
    "db1834037c58c02b6bd9898feef19845",
    "deadbeefcafefeedfacade0123456789",
    "3d7b5df5b0b8cd2a3bd5ed3f2c3e4f5a",
    // The local stack's, and those of other shapes.
    "client-secret-one",
    "Møteplanlegger",
    "a1B2-c3D4_e5F6~g7H8",
  ])("%s is none", (value) => {
    expect(isPlaceholder(value)).toBe(false)
  })

  it("is no random value, whether it is hexadecimal or base64url", () => {
    for (let i = 0; i < 5_000; i++) {
      expect(isPlaceholder(randomBytes(16).toString("hex"))).toBe(false)
      expect(isPlaceholder(randomBytes(32).toString("base64url"))).toBe(false)
    }
  })
})

describe("a client id or client secret", () => {
  it.each(["", "two words", "line\n", "é", "\u200bdb18", "a".repeat(1025)])("is not %j", (value) => {
    expect(() => {
      checkCredential("client id", value)
    }).toThrow("A client id is one word of visible ASCII characters, without spaces: nothing was changed.")
  })

  it("is no placeholder, and the sentence does not quote it", () => {
    expect(() => {
      checkCredential("client secret", "YOUR_CLIENT_SECRET")
    }).toThrow(
      "The client secret is a placeholder, as documentation has them: copy the real one from SuperOffice's developer portal. Nothing was changed.",
    )
  })
})
