import { describe, expect, it } from "vitest"
import { exchangeCode } from "../../lib/operations/token.ts"
import { codeVerifier } from "../support/front-door.ts"
import { callback, deliveries, failure, openPage, ownPkce } from "./page.ts"

describe.each(deliveries)("in delivery %s", (delivery) => {
  it.each([false, true])("a page may bring its own PKCE, without X-CSRF (as a form: %s)", async (asForm) => {
    const page = openPage(delivery)
    const options = { asForm, headers: { "x-csrf": "" } }
    const { status, posts } = await page.visit(exchangeCode, { ...ownPkce, state: "its-own" }, options)
    expect(status).toBe(200)
    expect(posts).toMatchObject([{ code_verifier: codeVerifier, redirect_uri: callback }])
    expect(await page.refresh()).toMatchObject({ status: 200 })
  })

  it("a page without a verifier or a state is refused before anything is posted (C18)", async () => {
    const page = openPage(delivery)
    // In delivery sealed there is no cookie that a state could name.
    for (const fields of [
      { redirect_uri: callback },
      ...(delivery === "sealed" ? [{ state: "a-state" }] : []),
    ]) {
      expect(await page.redeem(fields)).toMatchObject({ body: failure("request_invalid"), posts: [] })
    }
  })
})
