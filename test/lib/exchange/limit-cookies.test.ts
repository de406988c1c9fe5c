import { describe, expect, it } from "vitest"
import { limitCookies } from "../../../lib/exchange/limit-cookies.ts"
import { readRequestCookies } from "../../../lib/request/cookies.ts"
import { Secret } from "../../../lib/secret.ts"
import { loginCookieName, sessionCookieName } from "../../../lib/session/cookie-names.ts"
import { sealSession } from "../../../lib/session/session.ts"
import { fakeContext, pageBinding, pageCaller, sessionOf } from "../../support/context.ts"
import { credentials, pageOrigin } from "../../support/front-door.ts"
import { signedAt } from "../../../harness/id-tokens.ts"

const otherOrigin = "https://other.example.com"

/** A session's cookie of a tenant, signed in to so many seconds ago. Its value has this length. */
async function sessionCookie(ctx: string, secondsAgo: number, origin = pageOrigin, length = 0) {
  const refreshToken = new Secret("r".repeat(Math.max(64, Math.ceil((length * 3) / 4) - 300)))
  const signedInAt = new Date(signedAt.getTime() - secondsAgo * 1000)
  const sealed = await sealSession(sessionOf({ refreshToken, ctx, signedInAt }), pageBinding({ origin }))
  return `${sessionCookieName(origin, ctx)}=${sealed}`
}

function loginCookie(state: string, length = 600): string {
  return `${loginCookieName(state)}=${"x".repeat(length)}`
}

function nameOf(cookie: string): string {
  return cookie.slice(0, cookie.indexOf("="))
}

/** The names that an answer clears to make room for a cookie that it sets. */
async function cleared(
  cookies: readonly string[],
  set: string,
  clearedBefore: readonly string[] = [],
): Promise<string[]> {
  const context = fakeContext({ env: { ALLOWED_ORIGINS: pageOrigin } })
  for (const cookie of clearedBefore) context.cookies.clear(nameOf(cookie))
  const caller = pageCaller({}, { cookies: readRequestCookies(cookies) })
  context.cookies.set(nameOf(set), set.slice(set.indexOf("=") + 1), 600)
  await limitCookies(nameOf(set), caller, credentials, context)
  return [...context.cookies.changes].filter(([, value]) => value === "").map(([name]) => name)
}

describe("limitCookies", () => {
  it("keeps four sessions of an origin: a fifth sign-in clears the oldest, in any order (C69)", async () => {
    const kept = await Promise.all([20, 40, 10, 30].map((age) => sessionCookie(`Cust${age}`, age)))
    const fifth = await sessionCookie("Cust5", 0)
    expect(await cleared(kept, fifth)).toEqual([sessionCookieName(pageOrigin, "Cust40")])
    expect(await cleared(kept.slice(1), fifth)).toEqual([])
    // A refresh seals a session anew, which is none more.
    expect(await cleared(kept, await sessionCookie("Cust40", 40))).toEqual([])
  })

  it("does not count a session that the answer has ended already", async () => {
    const held = await Promise.all([10, 20, 30, 40].map((age) => sessionCookie(`Cust${age}`, age)))
    const ended = held.slice(0, 1)
    expect(await cleared(held, await sessionCookie("Cust5", 0), ended)).toEqual(ended.map(nameOf))
  })

  it("counts the sessions of each origin for itself (C69)", async () => {
    const own = [1, 2, 3].map((number) => sessionCookie(`Cust${number}`, 10))
    const others = [1, 2, 3, 4].map((number) => sessionCookie(`Cust${number}`, 50, otherOrigin))
    expect(await cleared(await Promise.all([...own, ...others]), await sessionCookie("Cust4", 0))).toEqual([])
  })

  it("takes a session that nobody can open for the oldest", async () => {
    const unreadable = sessionCookieName(pageOrigin, "Cust2")
    const others = await Promise.all([999, 15, 16].map((age) => sessionCookie(`Cust${age}`, age)))
    const kept = others.toSpliced(1, 0, `${unreadable}=garbage`)
    expect(await cleared(kept, await sessionCookie("Cust5", 0))).toEqual([unreadable])
  })

  it.each([
    [3, 0],
    [4, 1],
    [6, 3],
  ])("keeps four sign-ins under way: of %d, a new one ends the oldest %d", async (held, ended) => {
    const states = Array.from({ length: held }, (_, index) => `state ${index}`)
    const cookies = states.map((state) => loginCookie(state))
    expect(await cleared(cookies, loginCookie("new"))).toEqual(states.slice(0, ended).map(loginCookieName))
  })

  it("keeps to 6 KiB: sign-ins go first, then the oldest sessions of this origin (C69)", async () => {
    const logins = [loginCookie("1", 500), loginCookie("2", 500)]
    const session = (ctx: string, age: number, origin = pageOrigin) => sessionCookie(ctx, age, origin, 1_200)
    const own = [await session("Cust1", 30), await session("Cust2", 60)]
    const others = [await session("Cust3", 90, otherOrigin), await session("Cust4", 99, otherOrigin)]
    const set = await session("Cust5", 0)
    const all = [...others, ...own, ...logins]
    const gone = await cleared(all, set)
    expect(gone).toEqual([...logins.map(nameOf), sessionCookieName(pageOrigin, "Cust2")])
    const kept = [...all, set].filter((cookie) => !gone.includes(nameOf(cookie)))
    expect(kept.reduce((sum, cookie) => sum + cookie.length + 2, 0)).toBeLessThanOrEqual(6 * 1024)
  })

  it("keeps 6 KiB to the byte", async () => {
    const cookieOf = (state: string, bytes: number) =>
      loginCookie(state, bytes - loginCookie(state, 0).length - "; ".length)
    const [first, second, set] = [cookieOf("1", 500), cookieOf("2", 3_000), cookieOf("3", 3_144)]
    expect(await cleared([second], set)).toEqual([])
    expect(await cleared([first, second], set)).toEqual([nameOf(first)])
    // What the answer has ended takes no room.
    const ended = await sessionCookie("Cust1", 10)
    expect(await cleared([second, ended], set, [ended])).toEqual([nameOf(ended)])
  })

  it("clears sessions of other origins last, the oldest of them first (C69)", async () => {
    const others = [
      await sessionCookie("Cust1", 10, otherOrigin, 1_900),
      await sessionCookie("Cust2", 90, otherOrigin, 1_900),
    ]
    const set = await sessionCookie("Cust5", 0, pageOrigin, 2_900)
    expect(await cleared(others, set)).toEqual([sessionCookieName(otherOrigin, "Cust2")])
  })

  it("clears eight cookies at a time, however many there are", async () => {
    const many = Array.from({ length: 60 }, (_, index) => loginCookie(`state ${index}`, 100))
    expect(await cleared(many, loginCookie("new"))).toHaveLength(8)
  })
})
