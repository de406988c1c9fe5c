import { describe, expect, it } from "vitest"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { refreshToken } from "../../lib/operations/token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { bodyOf, browserEvent } from "../support/events.ts"
import { completeEnv, credentials, openFrontDoor, pageOrigin } from "../support/front-door.ts"
import { failure } from "./answers.ts"
import { clearedIn, nameOf, sessionName } from "./cookies.ts"
import { callback, cookieDeliveries, openPage } from "./page.ts"

/** Sends a page's request with these cookies, as the gateway lists them. */
async function send(delivery: string, cookies: readonly string[], spec = refreshToken, fields: object = {}) {
  const env = { ...completeEnv, REFRESH_TOKEN_DELIVERY: delivery }
  const door = openFrontDoor(spec, {
    env,
    // A copy each time, as when the secret was read again.
    credentials: () => Promise.resolve({ value: { ...credentials }, stale: false }),
  })
  const event = browserEvent(fields, { headers: { "x-csrf": "1" } })
  const result = await door.invoke({ ...event, cookies })
  return {
    body: bodyOf(result),
    cookies: (result.cookies ?? []) as readonly string[],
    posts: door.requests.length,
  }
}

/** The names of the cookies that an answer sets or clears. */
function namesIn(lines: readonly string[]): Set<string> {
  return new Set(lines.map((line) => line.slice(0, line.indexOf("="))))
}

async function sealedSession(delivery: (typeof cookieDeliveries)[number]): Promise<string> {
  const page = openPage(delivery)
  await page.signIn()
  return page.jar.get(sessionName) ?? ""
}

describe.each(cookieDeliveries)("in delivery %s, a cookie", (delivery) => {
  const other = delivery === "cookie" ? "partitioned" : "cookie"

  it.each([
    ["white space of Unicode before it", `\u2000${sessionName}`],
    ["a space before it", ` ${sessionName}`],
    ["white space after it", `${sessionName}\u00a0`],
    ["other letters", sessionName.replace("__Host-", "__host-")],
  ])("whose name has %s is not the session (C68)", async (_what, name) => {
    const sealed = await sealedSession(delivery)
    expect(await send(delivery, [`${name}=${sealed}`])).toEqual({
      body: expect.objectContaining(failure("session_expired")) as unknown,
      cookies: [],
      posts: 0,
    })
    const victims = await send(delivery, [`${name}=attacker`, `${sessionName}=${sealed}`])
    expect(victims).toMatchObject({ body: { token_type: "Bearer" }, posts: 1 })
  })

  it("that comes twice is absent, and is cleared in both kinds, whichever came first (C68)", async () => {
    const sealed = await sealedSession(delivery)
    const [one, two] = [`${sessionName}=${sealed}`, `${sessionName}=another`]
    for (const cookies of [
      [one, two],
      [two, one],
      [one, one],
    ]) {
      expect(await send(delivery, cookies)).toEqual({
        body: expect.objectContaining(failure("session_expired")) as unknown,
        cookies: [clearedIn(other, sessionName), clearedIn(delivery, sessionName)],
        posts: 0,
      })
    }
  })

  it("of a made-up name is never written back, however many there are (C68)", async () => {
    const madeUp = Array.from({ length: 100 }, (_, index) => `__Host-so-login-evil${index}=x`)
    const begun = await send(delivery, madeUp, startLogin as never, { redirect_uri: callback })
    expect(begun.cookies).toHaveLength(1)
    const ofOurPattern = Array.from({ length: 100 }, (_, index) => `__Host-so-login-${10_000_000 + index}`)
    const once = await send(
      delivery,
      ofOurPattern.map((name) => `${name}=x`),
      startLogin as never,
      { redirect_uri: callback },
    )
    const twice = await send(
      delivery,
      [...ofOurPattern, ...ofOurPattern].map((name) => `${name}=x`),
      startLogin as never,
      { redirect_uri: callback },
    )
    const written = [once, twice].map(({ cookies }) => namesIn(cookies).size)
    // Its own login cookie, and at most eight others.
    expect(Math.max(...written)).toBeLessThanOrEqual(1 + 8)
  })

  it("is cleared with seven others at most, whatever makes each of them unusable (C68)", async () => {
    const sealedByRetiredKey = `${Buffer.from('{"kid":"retired"}').toString("base64url")}....`
    const names = (kind: "session" | "login", ...texts: string[]) =>
      Array.from({ length: 20 }, (_, index) => nameOf(kind, ...texts, `${index}`))
    const twice = names("login", "twice").slice(0, 4)
    const unusable = [
      ...[...twice, ...twice, ...names("login")].map((name) => `${name}=x`),
      ...names("session", pageOrigin).map((name) => `${name}=${sealedByRetiredKey}`),
    ]
    const session = `${sessionName}=${await sealedSession(delivery)}`

    const refreshed = await send(delivery, [...unusable, session])
    expect(refreshed.body).toHaveProperty("access_token")
    expect(namesIn(refreshed.cookies)).toContain(sessionName)
    expect(namesIn(refreshed.cookies).size).toBe(1 + 8)

    const signedOut = await send(delivery, [...unusable, session], revokeToken as never)
    expect(signedOut.body).toHaveProperty("revoked", true)
    expect(signedOut.cookies).toContain(clearedIn(delivery, sessionName))
    expect(namesIn(signedOut.cookies).size).toBe(8)
  })
})
