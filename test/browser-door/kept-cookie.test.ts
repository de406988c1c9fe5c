import { describe, expect, it } from "vitest"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode } from "../../lib/operations/token.ts"
import { bodyOf, browserEvent } from "../support/events.ts"
import { completeEnv, openFrontDoor } from "../support/front-door.ts"
import { failure } from "./answers.ts"
import { nameOf, sessionName } from "./cookies.ts"
import { callback, cookieDeliveries, openPage, otherOrigin } from "./page.ts"

const state = "a-state"
const name = nameOf("login", state)

/** Sends `state` alone, with these cookies as the gateway lists them. */
async function ask(delivery: string, cookies: readonly string[], headers: object = {}) {
  const door = openFrontDoor(startLogin, { env: { ...completeEnv, REFRESH_TOKEN_DELIVERY: delivery } })
  const event = browserEvent({ state }, { headers: { "x-csrf": "1", ...headers } })
  const result = await door.invoke({ ...event, cookies })
  return {
    status: result.statusCode,
    body: bodyOf(result),
    cookies: result.cookies ?? [],
    reads: door.credentialReads,
    posts: door.requests,
  }
}

const untouched = { status: 200, cookies: [], reads: [], posts: [] }

describe.each(cookieDeliveries)("in delivery %s, a page learns before the user leaves", (delivery) => {
  it("that its browser keeps the cookie of the sign-in, which then still works", async () => {
    const page = openPage(delivery)
    const { state, answer } = await page.begin()
    const jar = [...page.jar]
    const asked = await page.visit(startLogin, { state }, { secretIsDown: true })
    expect(asked).toMatchObject({ status: 200, cookies: [], posts: [] })
    expect(asked.body).toEqual({ kept: true })
    expect([...page.jar]).toEqual(jar)
    const redeemed = await page.visit(exchangeCode, { code: "a-code", state }, { answers: [answer] })
    expect(redeemed).toMatchObject({ status: 200 })
  })

  it("that its browser keeps no cookie", async () => {
    const page = openPage(delivery)
    const { state } = await page.begin()
    page.jar.clear()
    expect((await page.visit(startLogin, { state })).body).toEqual({ kept: false })
  })

  it("that a cookie with an unknown sealing key is kept", async () => {
    const header = Buffer.from('{"alg":"dir","enc":"A256GCM","typ":"so-login","kid":"unknown"}')
    const sealed = `${header.toString("base64url")}..a.b.c`
    expect(await ask(delivery, [`${name}=${sealed}`])).toEqual({ ...untouched, body: { kept: true } })
  })

  it.each([
    ["the name twice", [`${name}=one`, `${name}=two`]],
    ["white space of Unicode before the name", [`\u2000${name}=sealed`]],
    ["the name in other letters", [`${name.replace("__Host-", "__host-")}=sealed`]],
  ])("that its cookie is not the one of the sign-in: %s", async (_what, cookies) => {
    expect(await ask(delivery, cookies)).toEqual({ ...untouched, body: { kept: false } })
  })

  it("and no cookie changes, not even the ambiguous ones, which other requests clear", async () => {
    const twice = [sessionName, nameOf("login", "another")].flatMap((one) => [`${one}=1`, `${one}=2`])
    expect(await ask(delivery, [...twice, `${name}=sealed`])).toEqual({ ...untouched, body: { kept: true } })
  })

  it("but a page of another origin learns nothing", async () => {
    const asked = await ask(delivery, [`${name}=sealed`], { origin: otherOrigin })
    expect(asked).toMatchObject({ ...untouched, status: 403, body: failure("origin_not_allowed") })
  })

  it("and with a redirect URI, `state` is an unknown field: another sign-in begins", async () => {
    const page = openPage(delivery)
    const { body, cookies } = await page.visit(startLogin, { redirect_uri: callback, state })
    expect(body.state).not.toBe(state)
    expect(cookies).toEqual([expect.stringContaining(`${nameOf("login", String(body.state))}=`)])
  })
})

it("in delivery sealed, a page is refused the question, as it is refused a sign-in", async () => {
  const asked = await ask("sealed", [`${name}=sealed`])
  expect(asked).toMatchObject({ ...untouched, status: 400, body: failure("request_invalid") })
  const begun = await openPage("sealed").visit(startLogin, { redirect_uri: callback })
  expect(asked.body).toEqual(begun.body)
})
