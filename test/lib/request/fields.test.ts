import { describe, expect, it } from "vitest"
import { requestInvalid } from "../../../lib/errors.ts"
import { fieldLimits, optionalText, refuseClientSecret, requiredText } from "../../../lib/request/fields.ts"

describe.each([
  ["a required field", requiredText],
  ["an optional field", optionalText],
])("%s", (_kind, read) => {
  it.each(["text", " ", "æøå 🔑", "0"])("gives %j as it is", (text) => {
    expect(read({ field: text }, "field")).toBe(text)
  })

  it.each([[""], [0], [true], [null], [["text"]], [{ toString: () => "text" }]])("refuses %j", (value) => {
    expect(() => read({ field: value }, "field")).toThrow(
      requestInvalid('"field" must be a non-empty string.'),
    )
  })

  it("counts its limit in bytes (C55)", () => {
    const tooLong = requestInvalid('"field" must be at most 2048 bytes.')
    expect(read({ field: "x".repeat(2048) }, "field")).toHaveLength(2048)
    expect(read({ field: "ø".repeat(1024) }, "field")).toHaveLength(1024)
    expect(() => read({ field: "x".repeat(2049) }, "field")).toThrow(tooLong)
    expect(() => read({ field: "ø".repeat(1024) + "x" }, "field")).toThrow(tooLong)
  })

  it("may have a limit of its own", () => {
    expect(read({ field: "x".repeat(8192) }, "field", fieldLimits.token)).toHaveLength(8192)
    expect(() => read({ field: "x".repeat(8193) }, "field", fieldLimits.token)).toThrow(
      requestInvalid('"field" must be at most 8192 bytes.'),
    )
  })

  it.each(["\ud83d", "a\udd11"])("refuses half a character, which would change on its way", (half) => {
    expect(() => read({ field: half }, "field")).toThrow(
      requestInvalid('"field" must be well-formed Unicode.'),
    )
  })
})

describe("an absent field", () => {
  it("is undefined when it is optional", () => {
    expect(optionalText({}, "field")).toBeUndefined()
    expect(optionalText({ field: undefined }, "field")).toBeUndefined()
  })

  it("is refused when it is required", () => {
    expect(() => requiredText({}, "field")).toThrow(requestInvalid('"field" is required.'))
  })

  it.each([
    ["a prototype", Object.create({ field: "text" }) as object, "field"],
    ["every object's own prototype", {}, "constructor"],
    ["a member called __proto__", JSON.parse('{"__proto__":{"field":"text"}}') as object, "field"],
  ])("is not looked for in %s (C55)", (_place, fields, name) => {
    expect(optionalText({ ...fields }, name)).toBeUndefined()
    expect(optionalText(fields as Record<string, unknown>, name)).toBeUndefined()
  })
})

describe("a caller's client secret", () => {
  it.each(["client-secret-one", "", undefined, null, 7])("is refused whatever it is: %j", (client_secret) => {
    expect(() => {
      refuseClientSecret({ client_secret })
    }).toThrow(
      expect.objectContaining({
        code: "request_invalid",
        publicDescription: '"client_secret" must not be sent.',
      }),
    )
  })

  it("is missed by nobody", () => {
    expect(() => {
      refuseClientSecret({ client_id: "a-client" })
    }).not.toThrow()
  })
})
