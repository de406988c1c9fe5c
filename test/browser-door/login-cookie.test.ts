import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../lib/errors.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import type { HttpAnswer } from "../../lib/ports.ts"
import { jsonAnswer, rejectedAnswer } from "../support/front-door.ts"
import { issuer } from "../../harness/id-tokens.ts"
import { failure, reset } from "./answers.ts"
import { clearedIn, nameOf, sessionName } from "./cookies.ts"
import { cookieDeliveries, openPage, otherOrigin, type VisitOptions } from "./page.ts"

describe.each(cookieDeliveries)("in delivery %s, a login cookie", (delivery) => {
  it("is one for each tab: neither ends the other's sign-in", async () => {
    const page = openPage(delivery)
    const [first, second] = [await page.begin(), await page.begin()]
    for (const { state, answer } of [second, first]) {
      expect(await page.redeem({ state }, { answers: [answer] })).toMatchObject({ status: 200, posts: [{}] })
    }
    expect([...page.jar.keys()]).toEqual([sessionName])
  })

  it("is told to be kept while the browser sends it, and works after that question", async () => {
    const page = openPage(delivery)
    const { state, answer } = await page.begin()
    const asked = await page.visit(startLogin, { state }, { secretIsDown: true })
    expect(asked).toMatchObject({ status: 200, body: { kept: true }, posts: [], cookies: [] })
    const unkept = await page.visit(startLogin, { state }, { cookies: [] })
    expect(unkept).toMatchObject({ status: 200, body: { kept: false }, posts: [], cookies: [] })
    expect(await page.redeem({ state }, { answers: [answer] })).toMatchObject({ status: 200 })
  })

  it("makes room for itself: at most four, the oldest goes", async () => {
    const page = openPage(delivery)
    const states = []
    for (let i = 0; i < 6; i++) states.push((await page.begin()).state)
    expect([...page.jar.keys()]).toEqual(states.slice(2).map((state) => nameOf("login", state)))
  })

  it.each<[string, (state: string) => object, string]>([
    ["no state", () => ({}), "request_invalid"],
    ["a state that is not text", (state) => ({ state: [state] }), "request_invalid"],
    ["another state", () => ({ state: "another-state" }), "session_expired"],
    ["a state cut short", (state) => ({ state: state.slice(0, -1) }), "session_expired"],
    ["another issuer", (state) => ({ state, iss: "https://online.superoffice.com" }), "request_invalid"],
    ["the issuer with a slash", (state) => ({ state, iss: `${issuer}/` }), "request_invalid"],
    ["another application", (state) => ({ state, client_id: "another-client" }), "request_invalid"],
    ["a secret of ours", (state) => ({ state, client_secret: "theirs" }), "request_invalid"],
  ])(
    "is kept, and nothing is posted, when a code comes with %s (C18, C19, C21, R23, R24)",
    async (_what, fields, code) => {
      const page = openPage(delivery)
      const { state, answer } = await page.begin()
      const refused = await page.redeem(fields(state))
      expect(refused).toMatchObject({ status: 400, body: failure(code), posts: [], cookies: [] })
      expect(await page.redeem({ state }, { answers: [answer] })).toMatchObject({ status: 200 })
    },
  )

  it("of another state under this one's name is refused, and ends (C19, R24)", async () => {
    const page = openPage(delivery)
    const { state } = await page.begin()
    page.jar.set(nameOf("login", "foreign"), page.jar.get(nameOf("login", state)) ?? "")
    expect(await page.redeem({ state: "foreign" })).toMatchObject({
      body: failure("session_expired"),
      posts: [],
      cookies: [clearedIn(delivery, nameOf("login", "foreign"))],
    })
  })

  it("of another origin, or older than ten minutes, is refused", async () => {
    const [page, other] = [openPage(delivery), openPage(delivery, otherOrigin)]
    const { state } = await page.begin()
    other.jar.set(nameOf("login", state), page.jar.get(nameOf("login", state)) ?? "")
    const expired = { body: failure("session_expired"), posts: [] }
    expect(await other.redeem({ state })).toMatchObject(expired)
    expect(await page.redeem({ state }, { secondsLater: 601 })).toMatchObject(expired)
  })

  it.each<[string, HttpAnswer | Error]>([
    ["is refused", rejectedAnswer],
    ["meets a 503", jsonAnswer(503, {})],
    ["meets a reset", reset],
    ["meets a time-out", new ExchangeError("upstream_timeout", "late")],
  ])(
    "ends once its code was posted, though that %s, and is not to be tried again (C07, C19)",
    async (_what, answer) => {
      const page = openPage(delivery)
      const { state } = await page.begin()
      expect(await page.redeem({ state }, { answers: [answer] })).toMatchObject({
        body: { retryable: false },
        cookies: [clearedIn(delivery, nameOf("login", state))],
      })
    },
  )

  const unreachable = new ExchangeError("upstream_unavailable", "x", { mayHaveArrived: false })
  it.each<[string, VisitOptions]>([
    ["SuperOffice was never reached", { answers: [unreachable] }],
    ["our own secret cannot be read", { secretIsDown: true }],
  ])("is kept for another try when %s", async (_why, options) => {
    const page = openPage(delivery)
    const { state, answer } = await page.begin()
    expect(await page.redeem({ state }, options)).toMatchObject({ body: { retryable: true }, cookies: [] })
    expect(await page.redeem({ state }, { answers: [answer] })).toMatchObject({ status: 200 })
  })
})
