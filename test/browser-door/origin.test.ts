import { describe, expect, it } from "vitest"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode } from "../../lib/operations/token.ts"
import { pageOrigin } from "../support/front-door.ts"
import { failure } from "./answers.ts"
import { callback, deliveries, openPage, ownPkce } from "./page.ts"

describe.each(deliveries)("in delivery %s", (delivery) => {
  it("errors carry the headers that let the page read them (C52)", async () => {
    const { headers } = await openPage(delivery).refresh()
    expect(headers).toEqual({
      "access-control-allow-credentials": "true",
      "access-control-allow-origin": pageOrigin,
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "content-type": "application/json; charset=utf-8",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=63072000; includeSubDomains",
      vary: "Origin",
      "x-content-type-options": "nosniff",
    })
  })

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
      expect(result).toMatchObject({
        status: 403,
        body: failure("origin_not_allowed"),
        posts: [],
        cookies: [],
      })
      expect(result.headers).not.toHaveProperty("access-control-allow-origin")
    }
  })

  it("a page on another site is refused where its cookie could not be kept, and only there", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const headers = { "sec-fetch-site": "cross-site" }
    const results = [
      await page.visit(exchangeCode, ownPkce, { headers }),
      await page.refresh({ headers }),
      await page.revoke({ headers }),
    ]
    for (const { status, body, posts } of results) {
      if (delivery === "cookie") {
        expect(body).toMatchObject({
          code: "request_invalid",
          error_description: expect.stringContaining("REFRESH_TOKEN_DELIVERY") as string,
        })
      }
      expect([status, posts.length]).toEqual(delivery === "cookie" ? [400, 0] : [200, 1])
    }
  })

  it("a page on the same site is let in", async () => {
    const headers = { "sec-fetch-site": "same-site" }
    expect(await openPage(delivery).signIn({ headers })).toMatchObject({ status: 200 })
  })
})
