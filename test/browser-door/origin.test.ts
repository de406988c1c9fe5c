import { describe, expect, it } from "vitest"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode } from "../../lib/operations/token.ts"
import { callback, deliveries, failure, openPage, ownPkce } from "./page.ts"

describe.each(deliveries)("in delivery %s", (delivery) => {
  it("a page of an origin that is not listed gets nothing from any function (C48)", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const headers = { origin: "https://evil.example.com" }
    for (const result of [
      await page.visit(startLogin, { redirect_uri: callback }, { headers }),
      await page.visit(exchangeCode, ownPkce, { headers }),
      await page.refresh({ headers }),
      await page.revoke({ headers }),
    ]) {
      const body = failure("origin_not_allowed")
      expect(result).toMatchObject({ status: 403, body, posts: [], cookies: [] })
      expect(result.headers).not.toHaveProperty("access-control-allow-origin")
    }
  })

  it("a page on another site is refused where its cookie could not be kept, and only there", async () => {
    const page = openPage(delivery)
    // On the same site it is let in.
    expect(await page.signIn({ headers: { "sec-fetch-site": "same-site" } })).toMatchObject({ status: 200 })
    const headers = { "sec-fetch-site": "cross-site" }
    const error_description = expect.stringContaining("REFRESH_TOKEN_DELIVERY") as unknown
    const refused = { status: 400, body: { code: "request_invalid", error_description }, posts: [] }
    for (const result of [
      await page.visit(exchangeCode, ownPkce, { headers }),
      await page.refresh({ headers }),
      await page.revoke({ headers }),
    ]) {
      expect(result).toMatchObject(delivery === "cookie" ? refused : { status: 200, posts: [{}] })
    }
  })
})
