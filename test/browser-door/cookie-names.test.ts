import { describe, expect, it } from "vitest"
import { refreshToken } from "../../lib/operations/token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { bodyOf, browserEvent } from "../support/events.ts"
import { completeEnv, openFrontDoor } from "../support/front-door.ts"
import { failure } from "./answers.ts"
import { clearedIn, sessionName } from "./cookies.ts"
import { callback, cookieDeliveries, openPage } from "./page.ts"

/** Sends a page's request with these cookies, as the gateway lists them. */
async function send(delivery: string, cookies: readonly string[], spec = refreshToken, fields: object = {}) {
  const env = { ...completeEnv, REFRESH_TOKEN_DELIVERY: delivery }
  const door = openFrontDoor(spec, { env })
  const event = browserEvent(fields, { headers: { "x-csrf": "1" } })
  const result = await door.invoke({ ...event, cookies })
  return {
    body: bodyOf(result),
    cookies: (result.cookies ?? []) as readonly string[],
    posts: door.requests.length,
  }
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
    const written = [once, twice].map(
      ({ cookies }) => new Set(cookies.map((line) => line.split("=")[0])).size,
    )
    // Its own login cookie, and at most eight others.
    expect(Math.max(...written)).toBeLessThanOrEqual(1 + 8)
  })
})
