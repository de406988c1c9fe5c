import { describe, expect, it } from "vitest"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode, refreshToken, token } from "../../lib/operations/token.ts"
import { deliveries, failure, openPage, ownPkce } from "./page.ts"

describe.each(deliveries)("in delivery %s", (delivery) => {
  it.each([
    [{ client_secret: "theirs" }, '"client_secret" must not be sent.'],
    [{ client_id: "another-client" }, '"client_id" must be the one of this service, or left out.'],
  ])("a page gets nothing from any function with %j", async (wrong, sentence) => {
    const page = openPage(delivery)
    await page.signIn()
    const sealed = delivery === "sealed" && { refresh_token: page.kept.sealed, token: page.kept.sealed }
    const fields = { ...ownPkce, ...sealed, ...wrong }
    for (const result of [
      ...(sealed ? [] : [await page.visit(startLogin, fields)]),
      await page.visit(exchangeCode, fields),
      await page.visit(refreshToken, fields),
      await page.visit(token, { ...fields, grant_type: "refresh_token" }),
      await page.visit(revokeToken, fields),
    ]) {
      const body = failure("request_invalid", { error_description: sentence })
      expect(result).toMatchObject({ body, posts: [], cookies: [] })
    }
  })
})
