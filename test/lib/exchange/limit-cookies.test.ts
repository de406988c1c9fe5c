import { describe, expect, it } from "vitest"
import { limitCookies } from "../../../lib/exchange/limit-cookies.ts"
import type { BrowserCaller } from "../../../lib/request/caller.ts"
import { readRequestCookies } from "../../../lib/request/cookies.ts"
import { Secret } from "../../../lib/secret.ts"
import { loginCookieName, sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { sealSession } from "../../../lib/session/session.ts"
import { completeConfig, fakeContext } from "../../support/context.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { signedAt } from "../../support/id-tokens.ts"

const otherOrigin = "https://other.example.com"

/** A session's cookie of a tenant, signed in to so many seconds ago. Its value has this length. */
async function sessionCookie(ctx: string, secondsAgo: number, origin = pageOrigin, length = 0) {
  const sealed = await sealSession(
    {
      refreshToken: new Secret("r".repeat(Math.max(64, Math.ceil((length * 3) / 4) - 300))),
      sub: "tony@example.com",
      ctx,
      signedInAt: new Date(signedAt.getTime() - secondsAgo * 1000),
    },
    { config: completeConfig(), credentials, origin },
  )
  return `${sessionCookieName(origin, ctx)}=${sealed}`
}

function loginCookie(state: string, length = 600): string {
  return `${loginCookieName(state)}=${"x".repeat(length)}`
}

function nameOf(cookie: string): string {
  return cookie.slice(0, cookie.indexOf("="))
}

/** The names that an answer clears to make room for a cookie that it sets. */
async function cleared(cookies: readonly string[], set: string): Promise<string[]> {
  const context = fakeContext({ env: { ALLOWED_ORIGINS: pageOrigin } })
  const caller: BrowserCaller = {
    door: "browser",
    origin: pageOrigin,
    cookies: readRequestCookies(cookies),
    hasCsrfHeader: true,
  }
  context.cookies.set(nameOf(set), set.slice(set.indexOf("=") + 1), 600)
  await limitCookies(nameOf(set), caller, credentials, context)
  return [...context.cookies.changes].filter(([, value]) => value === "").map(([name]) => name)
}

describe("the sessions of one origin", () => {
  it("are at most four: a fifth sign-in clears the oldest, whatever the order of the cookies (C69)", async () => {
    const kept = [
      await sessionCookie("Cust2", 20),
      await sessionCookie("Cust4", 40),
      await sessionCookie("Cust1", 10),
      await sessionCookie("Cust3", 30),
    ]
    const fifth = await sessionCookie("Cust5", 0)
    expect(await cleared(kept, fifth)).toEqual([sessionCookieName(pageOrigin, "Cust4")])
    expect(await cleared(kept.slice(1), fifth)).toEqual([])
    // A refresh seals a session anew, which is none more.
    expect(await cleared(kept, await sessionCookie("Cust4", 40))).toEqual([])
  })

  it("do not count those of another origin (C69)", async () => {
    const tenants = ["Cust1", "Cust2", "Cust3"]
    const kept = await Promise.all([
      ...tenants.map((ctx) => sessionCookie(ctx, 10)),
      ...[...tenants, "Cust4"].map((ctx) => sessionCookie(ctx, 50, otherOrigin)),
    ])
    expect(await cleared(kept, await sessionCookie("Cust4", 0))).toEqual([])
  })

  it("that nobody can open are the oldest", async () => {
    const kept = [
      await sessionCookie("Cust1", 999),
      `${sessionCookieName(pageOrigin, "Cust2")}=garbage`,
      await sessionCookie("Cust3", 5),
      await sessionCookie("Cust4", 5),
    ]
    const name = sessionCookieName(pageOrigin, "Cust2")
    expect(await cleared(kept, await sessionCookie("Cust5", 0))).toEqual([name])
  })
})

describe("sign-ins under way", () => {
  const states = ["1", "2", "3", "4", "5", "6"]

  it.each([
    [0, 0],
    [3, 0],
    [4, 1],
    [5, 2],
    [6, 3],
  ])("of %d make room for one more by ending the oldest %d", async (held, ended) => {
    const kept = states.slice(0, held).map((state) => loginCookie(state))
    expect(await cleared(kept, loginCookie("new"))).toEqual(states.slice(0, ended).map(loginCookieName))
  })
})

describe("all cookies of ours", () => {
  const bytes = (cookies: readonly string[]) => cookies.reduce((sum, cookie) => sum + cookie.length + 2, 0)

  it("come to at most 6 KiB: sign-ins go first, then this origin's oldest sessions, then others' (C69)", async () => {
    const logins = [loginCookie("1", 500), loginCookie("2", 500)]
    const own = [
      await sessionCookie("Cust1", 30, pageOrigin, 1_200),
      await sessionCookie("Cust2", 60, pageOrigin, 1_200),
    ]
    const others = [
      await sessionCookie("Cust3", 90, otherOrigin, 1_200),
      await sessionCookie("Cust4", 99, otherOrigin, 1_200),
    ]
    const set = await sessionCookie("Cust5", 0, pageOrigin, 1_200)
    const all = [...others, ...own, ...logins]
    expect(bytes([...all, set])).toBeGreaterThan(6 * 1024)

    const gone = await cleared(all, set)
    const [first, second] = [nameOf(logins[0] ?? ""), nameOf(logins[1] ?? "")]
    expect(gone.slice(0, 2)).toEqual([first, second])
    expect(gone.slice(2)).toEqual([sessionCookieName(pageOrigin, "Cust2")])
    expect(bytes([...all.filter((cookie) => !gone.includes(nameOf(cookie))), set])).toBeLessThanOrEqual(
      6 * 1024,
    )
  })

  it("lose those of other origins last, the oldest of them first (C69)", async () => {
    const others = [
      await sessionCookie("Cust1", 10, otherOrigin, 1_900),
      await sessionCookie("Cust2", 90, otherOrigin, 1_900),
    ]
    const set = await sessionCookie("Cust5", 0, pageOrigin, 2_900)
    expect(await cleared(others, set)).toEqual([sessionCookieName(otherOrigin, "Cust2")])
  })

  it("are left alone as long as they fit, and then no cookie is opened", async () => {
    const tenants = ["Cust1", "Cust2", "Cust3", "Cust4"]
    const kept = await Promise.all(
      [pageOrigin, otherOrigin].flatMap((origin) => tenants.map((ctx) => sessionCookie(ctx, 10, origin))),
    )
    expect(await cleared(kept, loginCookie("new"))).toEqual([])
  })

  it("are cleared eight at a time, however many there are", async () => {
    const many = Array.from({ length: 60 }, (_, index) => loginCookie(`state ${index}`, 100))
    expect(await cleared(many, loginCookie("new"))).toHaveLength(8)
  })
})
