import { describe, expect, it } from "vitest"
import { createAnswerCookies, readRequestCookies } from "../../../lib/request/cookies.ts"

const name = "__Host-so-session-a1b2c3d4-e5f60718"
const kinds = { cookie: "SameSite=Strict", partitioned: "SameSite=None; Partitioned" }

/** A `Set-Cookie` value, byte by byte. */
function line(value: string, maxAgeSeconds: number, delivery: keyof typeof kinds): string {
  return `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=/; Secure; HttpOnly; ${kinds[delivery]}`
}

describe.each([
  ["cookie", "partitioned"],
  ["partitioned", "cookie"],
] as const)("a cookie in delivery %s", (delivery, otherDelivery) => {
  it("is for this host, TLS and no script, byte by byte (C37, C38, C39, C40, C41, C42)", () => {
    const cookies = createAnswerCookies(delivery)
    expect(cookies.lines).toEqual([])
    expect(cookies.set(name, "sealed", 600)).toBe(true)
    expect(cookies.lines).toEqual([line("sealed", 600, delivery)])
    cookies.clear(name)
    expect(cookies.lines).toEqual([line("", 0, delivery)])
  })

  it("is cleared as it was in the other delivery too when both came (C68)", () => {
    const cookies = createAnswerCookies(delivery)
    cookies.clearBothKinds(name)
    expect(cookies.lines).toEqual([line("", 0, otherDelivery), line("", 0, delivery)])
  })

  it.each([true, false])("is cleared as it was and set as it is now, cleared first: %s", (isClearedFirst) => {
    const cookies = createAnswerCookies(delivery)
    if (isClearedFirst) cookies.clearBothKinds(name)
    cookies.set(name, "new", 9)
    if (!isClearedFirst) cookies.clearBothKinds(name)
    expect(cookies.lines).toEqual([line("", 0, otherDelivery), line("new", 9, delivery)])
  })
})

describe("the cookies of an answer", () => {
  it("are one for each name, and the last word on it counts", () => {
    const cookies = createAnswerCookies("cookie")
    cookies.set("__Host-a", "first", 1)
    cookies.set("__Host-b", "other", 2)
    cookies.set("__Host-a", "second", 3)
    cookies.clear("__Host-b")
    expect(cookies.lines.map((each) => each.split("; Path")[0])).toEqual([
      "__Host-a=second; Max-Age=3",
      "__Host-b=; Max-Age=0",
    ])
  })

  it("are none after they were discarded, until another is set", () => {
    const cookies = createAnswerCookies("cookie")
    cookies.set("__Host-a", "value", 1)
    cookies.clearBothKinds("__Host-b")
    cookies.discard()
    expect(cookies.lines).toEqual([])
    cookies.clear(name)
    expect(cookies.lines).toEqual([line("", 0, "cookie")])
  })

  it("that nobody can use are cleared eight at most, and give way to those that end", () => {
    const cookies = createAnswerCookies("cookie")
    const cleared = () => [...cookies.changes].filter(([, value]) => value === "").map(([each]) => each)
    const [first = "", ...others] = Array.from({ length: 8 }, (_, index) => `__Host-${index}`)
    cookies.clearBothKinds(first)
    expect(others.map((each) => cookies.clearIfRoom(each))).toEqual(others.map(() => true))
    expect([cookies.clearIfRoom("__Host-ninth"), cookies.clearIfRoom(first)]).toEqual([false, true])
    cookies.clearBothKinds("__Host-ninth")
    expect(cleared()).toEqual([first, ...others])
    expect(cookies.lines).toHaveLength(9)
    cookies.set("__Host-session", "sealed", 1)
    cookies.clear("__Host-ended")
    expect(cleared()).toEqual([...others, "__Host-ended"])
    expect(cookies.lines).toHaveLength(9)
    for (const each of others) cookies.clear(each)
    cookies.clear("__Host-also-ended")
    expect(cleared()).toEqual([...others, "__Host-ended", "__Host-also-ended"])
  })

  it.each([
    ["ASCII", "v", 4_095 - name.length],
    ["two bytes a letter", "é", Math.floor((4_095 - name.length) / 2)],
  ])("stay under 4096 bytes, name and value together: %s (C44)", (_text, letter, most) => {
    const cookies = createAnswerCookies("cookie")
    expect(cookies.set(name, letter.repeat(most), 1)).toBe(true)
    expect(cookies.set(name, letter.repeat(most + 1), 1)).toBe(false)
    expect(cookies.lines).toEqual([line(letter.repeat(most), 1, "cookie")])
  })
})

describe("the cookies of a request", () => {
  const other = "__Host-so-login-00000000"
  const read = (cookies: unknown) => [...readRequestCookies(cookies).byName]

  it("are those with a name of ours, in the order in which they came, with their values as they are", () => {
    const values = [
      [other, "x=y="],
      [name, " a "],
    ] as const
    expect(read(["a=1", ...values.map((pair) => pair.join("=")), "b=2"])).toEqual(values)
    expect(read([`${name}=`])).toEqual([[name, ""]])
  })

  it.each([`\u2000${name}=a`, `${name} =a`, `=${name}=a`, name])(
    "are none with the name %j (C68)",
    (cookie) => {
      expect(read([cookie, `${name}=victim`])).toEqual([[name, "victim"]])
      expect(read([cookie])).toEqual([])
    },
  )

  it.each([2, 3])("count as absent when they come %d times (C68)", (times) => {
    const cookies = readRequestCookies([...Array.from({ length: times }, () => `${name}=a`), `${other}=x`])
    expect(cookies).toEqual({ byName: new Map([[other, "x"]]), ambiguous: [name] })
  })

  it("are told to be ambiguous four at a time, however many are", () => {
    const names = Array.from({ length: 9 }, (_, index) => `__Host-so-login-0000000${index}`)
    const { ambiguous } = readRequestCookies([...names, ...names].map((each) => `${each}=x`))
    expect(ambiguous).toEqual(names.slice(0, 4))
  })

  it.each([undefined, null, `${name}=x`, { a: 1 }, [7, null, [`${name}=x`]]])("are none in %j", (cookies) => {
    expect(read(cookies)).toEqual([])
  })
})
