import { describe, expect, it } from "vitest"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { refreshToken, token } from "../../lib/operations/token.ts"
import { accessToken, refreshTokenText } from "../support/front-door.ts"
import { failure, revoked } from "./answers.ts"
import { nameOf, sessionName } from "./cookies.ts"
import { deliveries, now, openPage, otherOrigin } from "./page.ts"

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

  it("a session lasts to its last second, however often it was sealed anew (C45)", async () => {
    const page = openPage(delivery)
    const lasts = delivery === "sealed" ? 3_600 : 28_800
    await page.signIn()
    const { body } = await page.refresh({ secondsLater: lasts - 1 })
    expect(body).toMatchObject({ access_token: accessToken, session_expires_at: now + lasts })
    expect(await page.refresh({ secondsLater: lasts })).toMatchObject({
      status: 400,
      body: failure("session_expired"),
      posts: [],
      cookies: [],
    })
  })

  it("a session of another listed origin does not open", async () => {
    const [page, other] = [openPage(delivery), openPage(delivery, otherOrigin)]
    await page.signIn()
    other.kept.sealed = page.kept.sealed
    other.jar.set(nameOf("session", otherOrigin, "cust12020"), page.jar.get(sessionName) ?? "")
    expect(await other.refresh()).toMatchObject({ body: failure("session_expired"), posts: [] })
    expect(await page.refresh()).toMatchObject({ status: 200 })
  })
})
