import { describe, expect, it } from "vitest"
import { rejectedAnswer, signingKey, tokenAnswer } from "../support/front-door.ts"
import { namespace, signIdToken, superOfficeClaims } from "../../harness/id-tokens.ts"
import { clearedIn, deliveries, failure, openPage, sessionName } from "./page.ts"

describe.each(deliveries)("in delivery %s", (delivery) => {
  it("a rejected refresh leaves the session as it was (C45)", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const rejected = await page.refresh({ answers: [rejectedAnswer] })
    expect(rejected).toMatchObject({ status: 400, body: failure("grant_rejected"), cookies: [] })
    expect(await page.refresh()).toMatchObject({ status: 200 })
  })

  it.each([
    ["user", { sub: "eve@example.com" }],
    ["tenant", { [`${namespace}ctx`]: "Cust99999" }],
  ])(
    "a refreshed ID Token for another %s ends the session, and no token leaves (C34, R16)",
    async (_what, claims) => {
      const page = openPage(delivery)
      await page.signIn()
      const idToken = signIdToken(signingKey, superOfficeClaims({ ...claims }))
      const { body, cookies } = await page.refresh({ answers: [tokenAnswer({}, idToken)] })
      expect(body).toEqual({
        error: "invalid_grant",
        error_description: "There is no session, or it has ended. Sign in again.",
        ...failure("session_expired"),
      })
      expect(cookies).toEqual(delivery === "sealed" ? [] : [clearedIn(delivery, sessionName)])
      expect(page.kept.log).toContain('"session_user_changed":1')
    },
  )

  it("SuperOffice's new refresh token takes the place of the old one (C13)", async () => {
    const page = openPage(delivery)
    await page.signIn()
    await page.refresh({ answers: [tokenAnswer({ refresh_token: "a-newer-one" })] })
    const { posts } = await page.refresh({ answers: [tokenAnswer({ refresh_token: undefined })] })
    expect(posts).toMatchObject([{ refresh_token: "a-newer-one" }])
    expect((await page.refresh()).posts).toMatchObject([{ refresh_token: "a-newer-one" }])
  })
})
