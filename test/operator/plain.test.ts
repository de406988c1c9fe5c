import { describe, expect, it } from "vitest"
import { plain } from "../../operator/plain.ts"

describe("text that somebody else wrote", () => {
  it.each([
    ["a key id", "sha1:38d66fe5e95d7aa8a3c2b7e8b7f9a5a3fb5b1c1f"],
    ["letters and signs of other languages", "Blåbær, 日本語, Ελληνικά, ñ"],
    ["an emoji beyond the first plane", "\u{1f98a}"],
    ["nothing", ""],
  ])("is printed as it is if it is %s (C81)", (_what, text) => {
    expect(plain(text)).toBe(text)
  })

  it.each([
    ["a colour", "\x1b[31mred", String.raw`\u{1b}[31mred`],
    ["a title of the terminal's window", "\x1b]0;owned\x07", String.raw`\u{1b}]0;owned\u{7}`],
    ["a control sequence in one character (C1)", "\x9b2J", String.raw`\u{9b}2J`],
    ["a line break, to make a line of its own", "sod\n  ok", String.raw`sod\u{a}  ok`],
    ["a back space and DEL", "a\b\x7f", String.raw`a\u{8}\u{7f}`],
    ["an override of the direction", "\u202egro.live\u202c", String.raw`\u{202e}gro.live\u{202c}`],
    ["separators of lines and paragraphs", "a\u2028b\u2029c", String.raw`a\u{2028}b\u{2029}c`],
    ["half of a surrogate pair", "a\ud800b\udc00", String.raw`a\u{d800}b\u{dc00}`],
    ["a tag and a private character", "\u{e0041}\ue000", String.raw`\u{e0041}\u{e000}`],
  ])("shows %s instead of obeying it (C81)", (_what, text, shown) => {
    expect(plain(text)).toBe(shown)
  })

  it("leaves no character of these kinds, whatever the text is (C81)", () => {
    const all = Array.from({ length: 0x1_1000 }, (_, code) => String.fromCodePoint(code)).join("")
    expect(plain(all, Infinity)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
  })

  it("is cut where it is longer than what is shown of it (C81)", () => {
    expect(plain("a".repeat(200))).toBe("a".repeat(200))
    expect(plain("a".repeat(201))).toBe(`${"a".repeat(200)}…`)
    expect(plain("\x1b".repeat(1_000_000), 20)).toBe(String.raw`\u{1b}\u{1b}\u{1b}…`)
    expect(plain("\u{1f98a}".repeat(6), 5)).toBe("\u{1f98a}\u{1f98a}…")
  })
})
