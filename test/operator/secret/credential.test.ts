import { randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import { checkCredential, isPlaceholder } from "../../../operator/secret/credential.ts"

describe("a placeholder", () => {
  it.each([
    ["leaves something out", ["db18…ef19845", "0123...cdef"]],
    ["is a name in brackets", ["<client-id>", "${CLIENT_SECRET}", "{{secret}}", "[secret]", "%SECRET%"]],
    ["is one character again and again", ["xxxxxxxxxxxxxxxx", "0".repeat(32), "********"]],
    ["is the digits in their order", ["0123456789abcdef0123456789abcdef"]],
    ["asks for a value", ["YOUR_CLIENT_ID", "your-client-secret-here", "changeme", "change-me", "CHANGE_ME"]],
    ["is called an example", ["example", "example-client-secret", "placeholder"]],
    ["is a name", ["client_id", "client-secret", "clientSecret", "my-secret", "test", "null"]],
  ])("%s: %j", (_how, values) => {
    expect(values.filter((value) => !isPlaceholder(value))).toEqual([])
  })

  it.each([
    // A value of SuperOffice's shape; the local stack's, and those of other shapes.
    "deadbeefcafefeedfacade0123456789",
    "client-secret-one",
    "Møteplanlegger",
    "a1B2-c3D4_e5F6~g7H8",
  ])("is not %s", (value) => {
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
    }).toThrow(/^The client secret is a placeholder, as documentation has them: (?!.*YOUR)/)
  })
})
