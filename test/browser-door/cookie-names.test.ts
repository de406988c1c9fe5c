import { describe, expect, it } from "vitest"
import { refreshToken } from "../../lib/operations/token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { failure } from "./answers.ts"
import { clearedIn, sessionName } from "./cookies.ts"
import { callback, cookieDeliveries, openPage } from "./page.ts"

/** The names of the cookies that an answer sets or clears. */
function namesIn({ cookies }: { readonly cookies: readonly string[] }): Set<string> {
  return new Set(cookies.map((line) => line.slice(0, line.indexOf("="))))
}

describe.each(cookieDeliveries)("in delivery %s, a cookie", (delivery) => {
  const other = delivery === "cookie" ? "partitioned" : "cookie"
  const refused = { body: failure("session_expired"), posts: [] }

  /** A page's refresh with these cookies, and its own session's. */
  async function start() {
    const page = openPage(delivery)
    await page.signIn()
    const sealed = page.jar.get(sessionName) ?? ""
    return {
      page,
      sealed,
      refresh: (cookies: readonly string[]) => page.visit(refreshToken, {}, { cookies }),
    }
  }

  it.each([
    ["white space of Unicode before it", `\u2000${sessionName}`],
    ["a space before it", ` ${sessionName}`],
    ["white space after it", `${sessionName}\u00a0`],
    ["other letters", sessionName.replace("__Host-", "__host-")],
  ])("whose name has %s is not the session (C68)", async (_what, name) => {
    const { sealed, refresh } = await start()
    expect(await refresh([`${name}=${sealed}`])).toMatchObject({ ...refused, cookies: [] })
    const victims = await refresh([`${name}=attacker`, `${sessionName}=${sealed}`])
    expect(victims).toMatchObject({ body: { token_type: "Bearer" }, posts: [{}] })
  })

  it("that comes twice is absent, and is cleared in both kinds, whichever came first (C68)", async () => {
    const { sealed, refresh } = await start()
    const [one, two] = [`${sessionName}=${sealed}`, `${sessionName}=another`]
    for (const cookies of [
      [one, two],
      [two, one],
      [one, one],
    ]) {
      expect(await refresh(cookies)).toMatchObject({
        ...refused,
        cookies: [clearedIn(other, sessionName), clearedIn(delivery, sessionName)],
      })
    }
  })

  it("of a made-up name is never written back, and of our pattern eight times at most (C68)", async () => {
    const begin = (cookies: readonly string[]) =>
      openPage(delivery).visit(startLogin, { redirect_uri: callback }, { cookies })
    const hundred = (prefix: string) => Array.from({ length: 100 }, (_, index) => `${prefix}${100 + index}=x`)
    expect((await begin(hundred("__Host-so-login-evil"))).cookies).toHaveLength(1)
    const ofOurPattern = hundred("__Host-so-login-10000")
    for (const cookies of [ofOurPattern, [...ofOurPattern, ...ofOurPattern]]) {
      // Its own login cookie, and at most eight others.
      expect(namesIn(await begin(cookies)).size).toBeLessThanOrEqual(1 + 8)
    }
  })
})
