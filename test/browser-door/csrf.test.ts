import { describe, expect, it } from "vitest"
import { startLogin } from "../../lib/operations/start-login.ts"
import { token } from "../../lib/operations/token.ts"
import { cookieDeliveries, failure, formType, openPage, type VisitOptions } from "./page.ts"

describe.each(cookieDeliveries)("in delivery %s, a request that relies on a cookie", (delivery) => {
  const rule = "A request that relies on a cookie must be application/json with the header X-CSRF: 1."

  it.each<[string, VisitOptions]>([
    ["without X-CSRF", { headers: { "x-csrf": "" } }],
    ["with X-CSRF of another value", { headers: { "x-csrf": "true" } }],
    ["with X-CSRF twice", { headers: { "X-CSRF": "1" } }],
    ["that is a form", { asForm: true }],
    [
      "that is a form by its name",
      { asForm: true, headers: { "content-type": `${formType}; x=application/json` } },
    ],
  ])("%s is refused, and nothing is posted (C46, C47, C51)", async (_how, options) => {
    const page = openPage(delivery)
    await page.signIn()
    const { state } = await page.begin()
    const jar = [...page.jar]
    const form = { grant_type: "refresh_token" }
    for (const result of [
      await page.redeem({ state }, options),
      await page.visit(startLogin, { state }, options),
      await page.visit(token, form, options),
      await page.refresh(options),
      await page.revoke(options),
    ]) {
      const body = failure("request_invalid", { error_description: rule })
      expect(result).toMatchObject({ status: 400, body, posts: [], cookies: [] })
    }
    expect([...page.jar]).toEqual(jar)
  })
})
