import { describe, expect, it } from "vitest"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { exchangeCode, refreshToken, token } from "../../lib/operations/token.ts"
import { refreshTokenText, signingKey, tokenAnswer } from "../support/front-door.ts"
import { signIdToken, superOfficeClaims } from "../../harness/id-tokens.ts"
import { deliveries, failure, nameOf, openPage, otherOrigin, ownPkce, revoked, sessionName } from "./page.ts"

describe.each(deliveries)("in delivery %s", (delivery) => {
  it("a refresh token in clear never reaches SuperOffice", async () => {
    const page = openPage(delivery)
    const fields = { refresh_token: refreshTokenText, token: refreshTokenText, grant_type: "refresh_token" }
    for (const spec of [refreshToken, token]) {
      expect(await page.visit(spec, fields)).toMatchObject({ body: failure("session_expired"), posts: [] })
    }
    expect(await page.visit(revokeToken, fields)).toMatchObject({ body: revoked, posts: [] })
    page.jar.set(sessionName, refreshTokenText)
    expect(await page.visit(refreshToken, {})).toMatchObject({ body: failure("session_expired"), posts: [] })
  })

  it("a session of another listed origin does not open", async () => {
    const [page, other] = [openPage(delivery), openPage(delivery, otherOrigin)]
    await page.signIn()
    other.kept.sealed = page.kept.sealed
    other.jar.set(nameOf("session", otherOrigin, "cust12020"), page.jar.get(sessionName) ?? "")
    expect(await other.refresh()).toMatchObject({ body: failure("session_expired"), posts: [] })
    expect(await page.refresh()).toMatchObject({ status: 200 })
  })

  it("a sign-in takes the place of the session before it, of its own origin only", async () => {
    const page = openPage(delivery)
    await page.signIn()
    page.jar.set(nameOf("session", otherOrigin), "theirs")
    const idToken = signIdToken(signingKey, superOfficeClaims({ sub: "another-user@example.com" }))
    await page.visit(exchangeCode, ownPkce, { answers: [tokenAnswer({ refresh_token: "another" }, idToken)] })
    expect((await page.refresh({ answers: [tokenAnswer({}, idToken)] })).posts).toMatchObject([
      { refresh_token: "another" },
    ])
    expect(page.jar.get(nameOf("session", otherOrigin))).toBe("theirs")
  })
})
