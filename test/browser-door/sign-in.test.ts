import { describe, expect, it } from "vitest"
import { exchangeCode } from "../../lib/operations/token.ts"
import { signingKey, tokenAnswer } from "../support/front-door.ts"
import { signIdToken, superOfficeClaims } from "../../harness/id-tokens.ts"
import { failure } from "./answers.ts"
import { nameOf } from "./cookies.ts"
import { cookieDeliveries, openPage, otherOrigin, ownPkce } from "./page.ts"

describe.each(cookieDeliveries)("in delivery %s, a sign-in", (delivery) => {
  it.each([
    ["would be too large for a cookie", "r".repeat(3_500)],
    ["came without a refresh token", undefined],
  ])("ends the session of whoever was here before, though its own %s", async (_why, refresh_token) => {
    const page = openPage(delivery)
    await page.signIn()
    const idToken = signIdToken(signingKey, superOfficeClaims({ sub: "another-user@example.com" }))
    await page.visit(exchangeCode, ownPkce, { answers: [tokenAnswer({ refresh_token }, idToken)] })
    expect(await page.refresh()).toMatchObject({ body: failure("session_expired"), posts: [] })
  })

  it("takes the place of the session before it, of its own origin only", async () => {
    const page = openPage(delivery)
    await page.signIn()
    page.jar.set(nameOf("session", otherOrigin), "theirs")
    const idToken = signIdToken(signingKey, superOfficeClaims({ sub: "another-user@example.com" }))
    await page.visit(exchangeCode, ownPkce, { answers: [tokenAnswer({ refresh_token: "another" }, idToken)] })
    expect((await page.refresh()).posts).toMatchObject([{ refresh_token: "another" }])
    expect(page.jar.get(nameOf("session", otherOrigin))).toBe("theirs")
  })
})
