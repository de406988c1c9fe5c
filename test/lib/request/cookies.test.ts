import { describe, expect, it } from "vitest"
import { createAnswerCookies, readRequestCookies } from "../../../lib/request/cookies.ts"

const name = "__Host-so-session-a1b2c3d4-e5f60718"
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

  it("are none after they were discarded, until another is set", () => {
    const cookies = createAnswerCookies("cookie")
    cookies.set("__Host-a", "value", 1)
    cookies.clearBothKinds("__Host-b")
    cookies.discard()
    expect(cookies.lines).toEqual([])
    cookies.clear("__Host-c")
    expect(cookies.lines).toEqual([expect.stringMatching(/^__Host-c=; Max-Age=0;/)])
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
    expect(cookies.lines).toEqual([expect.stringContaining(`=${letter.repeat(most)}; Max-Age=1;`)])
  })
})

describe("the cookies of a request", () => {
  const other = "__Host-so-login-00000000"

  it("are those with a name of ours, in the order in which they came", () => {
    const cookies = readRequestCookies(["a=1", `${other}=x=y=`, `${name}=`, "b=2"])
    expect([...cookies.byName.keys()]).toEqual([other, name])
    expect([cookies.byName.get(other), cookies.byName.get(name), cookies.byName.get("a")]).toEqual([
      "x=y=",
      "",
      undefined,
    ])
  })

  it.each([
    `\u2000${name}=attacker`,
    `\u00a0${name}=attacker`,
    `\ufeff${name}=attacker`,
    ` ${name}=attacker`,
    `${name} =attacker`,
    `${name.replace("__Host-", "__host-")}=attacker`,
    `=${name}=attacker`,
    name,
  ])("are none whose name is not ours octet for octet: %j (C68)", (cookie) => {
    const cookies = readRequestCookies([cookie, `${name}=victim`])
    expect([[...cookies.byName.keys()], cookies.byName.get(name)]).toEqual([[name], "victim"])
    expect([...readRequestCookies([cookie]).byName.keys()]).toEqual([])
  })

  it("have a value as it came, white space and all", () => {
    expect(readRequestCookies([`${name}= a `]).byName.get(name)).toBe(" a ")
  })

  it.each([2, 3, 4])("count as absent when they come %d times (C68)", (times) => {
    const cookies = readRequestCookies([
      ...Array.from({ length: times }, (_, index) => `${name}=${index}`),
      `${other}=x`,
    ])
    expect(cookies.byName.get(name)).toBeUndefined()
    expect([...cookies.byName.keys()]).toEqual([other])
    expect(cookies.ambiguous).toEqual([name])
  })

  it("are told to be ambiguous four at a time, however many are", () => {
    const names = Array.from(
      { length: 100 },
      (_, index) => `__Host-so-login-${String(index).padStart(8, "0")}`,
    )
    const { ambiguous } = readRequestCookies([...names, ...names].map((each) => `${each}=x`))
    expect(ambiguous).toEqual(names.slice(0, 4))
  })

  it.each([undefined, null, `${name}=x`, { a: 1 }, [7, null, [`${name}=x`], { c: 3 }]])(
    "are none in an event that has %j for them",
    (cookies) => {
      expect([...readRequestCookies(cookies).byName.keys()]).toEqual([])
    },
  )
})

describe("a cookie of both kinds", () => {
  it.each([
    ["cookie", site.partitioned, site.cookie],
    ["partitioned", site.cookie, site.partitioned],
  ] as const)(
    "is cleared in delivery %s as it is now and as it was before (C68)",
    (delivery, before, after) => {
      const cookies = createAnswerCookies(delivery)
      cookies.clearBothKinds(name)
      const cleared = (kind: string) => `${name}=; Max-Age=0; Path=/; Secure; HttpOnly; ${kind}`
      expect(cookies.lines).toEqual([cleared(before), cleared(after)])
    },
  )

  it("is cleared as it was before and set as it is now, in whatever order that is asked for", () => {
    const before = `${name}=; Max-Age=0; Path=/; Secure; HttpOnly; ${site.partitioned}`
    const after = `${name}=new; Max-Age=9; Path=/; Secure; HttpOnly; ${site.cookie}`
    const first = createAnswerCookies("cookie")
    first.clearBothKinds(name)
    first.set(name, "new", 9)
    const last = createAnswerCookies("cookie")
    last.set(name, "new", 9)
    last.clearBothKinds(name)
    expect([first.lines, last.lines]).toEqual([
      [before, after],
      [before, after],
    ])
  })
})
