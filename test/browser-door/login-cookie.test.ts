import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../lib/errors.ts"
import type { HttpAnswer } from "../../lib/ports.ts"
import { rejectedAnswer } from "../support/front-door.ts"
import { clearedIn, cookieDeliveries, failure, nameOf, openPage, sessionName } from "./page.ts"
import type { VisitOptions } from "./page.ts"

describe.each(cookieDeliveries)("in delivery %s, a login cookie", (delivery) => {
  it("is one for each tab: at most four, the oldest goes, and no sign-in ends another's", async () => {
    const page = openPage(delivery)
    const tabs = []
    for (let i = 0; i < 6; i++) tabs.push(await page.begin())
    const names = tabs.map(({ state }) => nameOf("login", state))
    expect([...page.jar.keys()]).toEqual(names.slice(2))
    for (const { state, answer } of tabs.slice(4).reverse()) {
      expect(await page.redeem({ state }, { answers: [answer] })).toMatchObject({ status: 200, posts: [{}] })
    }
    expect([...page.jar.keys()]).toEqual([...names.slice(2, 4), sessionName])
  })

  it.each<[string, (state: string) => object, string]>([
    ["no state", () => ({}), "request_invalid"],
    ["another state", () => ({ state: "another-state" }), "session_expired"],
    ["another issuer", (state) => ({ state, iss: "https://online.superoffice.com" }), "request_invalid"],
    ["another application", (state) => ({ state, client_id: "another-client" }), "request_invalid"],
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

  it.each<[string, HttpAnswer | Error]>([
    ["is refused", rejectedAnswer],
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
