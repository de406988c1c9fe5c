import { describe, expect, it } from "vitest"
import { requestInvalid } from "../../../lib/errors.ts"
import { fieldLimits, optionalText, refuseClientSecret, requiredText } from "../../../lib/request/fields.ts"

describe.each([
  ["requiredText", requiredText],
  ["optionalText", optionalText],
])("%s", (_name, read) => {
  it.each(["text", " ", "æøå 🔑"])("gives %j as it is", (text) => {
    expect(read({ field: text }, "field")).toBe(text)
  })

  it.each(["", 0, null, ["text"], { toString: () => "text" }])("refuses %j", (value) => {
    const refusal = requestInvalid('"field" must be a non-empty string.')
    expect(() => read({ field: value }, "field")).toThrow(refusal)
  })

  it.each([
    ["2048 bytes", undefined, 2048],
    ["8192 bytes for a token", fieldLimits.token, 8192],
  ])("takes at most %s, counted in UTF-8 (C55)", (_most, limit, bytes) => {
    const most = "ø".repeat(bytes / 2)
    expect(read({ field: most }, "field", limit)).toBe(most)
    const refusal = requestInvalid(`"field" must be at most ${bytes} bytes.`)
    expect(() => read({ field: `${most}x` }, "field", limit)).toThrow(refusal)
  })

  it.each(["\ud83d", "a\udd11"])("refuses half a character, which would change on its way", (half) => {
    const refusal = requestInvalid('"field" must be well-formed Unicode.')
    expect(() => read({ field: half }, "field")).toThrow(refusal)
  })
})

describe("an absent field", () => {
  it("is undefined when it is optional, and refused when it is required", () => {
    for (const fields of [{}, { field: undefined }]) {
      expect(optionalText(fields, "field")).toBeUndefined()
      expect(() => requiredText(fields, "field")).toThrow(requestInvalid('"field" is required.'))
    }
  })

  it.each([
    ["a prototype", Object.create({ field: "text" }) as object, "field"],
    ["every object's own prototype", {}, "constructor"],
    ["a member called __proto__", JSON.parse('{"__proto__":{"field":"text"}}') as object, "field"],
  ])("is not looked for in %s (C55)", (_place, fields, name) => {
    expect(optionalText(fields as Record<string, unknown>, name)).toBeUndefined()
  })
})

describe("refuseClientSecret", () => {
  it.each(["a-secret", "", undefined])("refuses any client secret: %j", (client_secret) => {
    expect(() => {
      refuseClientSecret({ client_secret })
    }).toThrow(requestInvalid('"client_secret" must not be sent.'))
  })
})
