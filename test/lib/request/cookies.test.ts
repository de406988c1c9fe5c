import { describe, expect, it } from "vitest"
import { createAnswerCookies } from "../../../lib/request/cookies.ts"

const name = "__Host-so-session-a1b2c3d4"
const site = {
  cookie: "SameSite=Strict",
  partitioned: "SameSite=None; Partitioned",
} as const

describe.each(["cookie", "partitioned"] as const)("a cookie in delivery %s", (delivery) => {
  it("is for this host, TLS and no script, byte by byte (C37, C38, C39, C40, C41, C42)", () => {
    const cookies = createAnswerCookies(delivery)
    expect(cookies.set(name, "sealed", 600)).toBe(true)
    expect(cookies.lines).toEqual([
      `${name}=sealed; Max-Age=600; Path=/; Secure; HttpOnly; ${site[delivery]}`,
    ])
  })

  it("is cleared with the attributes that it was set with, as browsers ask for", () => {
    const cookies = createAnswerCookies(delivery)
    cookies.clear(name)
    expect(cookies.lines).toEqual([`${name}=; Max-Age=0; Path=/; Secure; HttpOnly; ${site[delivery]}`])
  })
})

describe("the cookies of an answer", () => {
  it("are none until one is set", () => {
    expect(createAnswerCookies("cookie").lines).toEqual([])
  })

  it("are one for each name, and the last word on it counts", () => {
    const cookies = createAnswerCookies("cookie")
    cookies.set("__Host-a", "first", 1)
    cookies.set("__Host-b", "other", 2)
    cookies.set("__Host-a", "second", 3)
    cookies.clear("__Host-b")
    expect(cookies.lines.map((line) => line.split("; Path")[0])).toEqual([
      "__Host-a=second; Max-Age=3",
      "__Host-b=; Max-Age=0",
    ])
  })

  it.each([
    ["ASCII", "v", 4_095 - name.length],
    ["two bytes a letter", "é", (4_095 - name.length - 1) / 2],
  ])("stay under 4096 bytes, name and value together: %s (C44)", (_text, letter, most) => {
    const cookies = createAnswerCookies("cookie")
    expect(cookies.set(name, letter.repeat(most), 1)).toBe(true)
    expect(cookies.set(name, letter.repeat(most + 1), 1)).toBe(false)
    expect(cookies.lines).toEqual([expect.stringContaining(`=${letter.repeat(most)}; Max-Age=1;`)])
  })
})
