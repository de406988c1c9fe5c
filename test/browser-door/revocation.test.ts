import { describe, expect, it } from "vitest"
import { jsonAnswer, plainAnswer, refreshTokenText } from "../support/front-door.ts"
import { clearedIn, deliveries, openPage, revoked, revokedAnswer, sessionName } from "./page.ts"

describe.each(deliveries)("in delivery %s, a revocation", (delivery) => {
  const cleared = delivery === "sealed" ? [] : [clearedIn(delivery, sessionName)]

  it.each([
    ["200", revokedAnswer, 200, revoked],
    ["503", jsonAnswer(503, {}), 503, { code: "upstream_unavailable", retryable: delivery === "sealed" }],
    ["HTML", plainAnswer(404, "<html>"), 502, { code: "upstream_invalid" }],
  ])("ends the cookie whatever SuperOffice says: %s (C45, C58)", async (_what, answer, status, body) => {
    const page = openPage(delivery)
    await page.signIn()
    const result = await page.revoke({ answers: [answer] })
    expect(result.cookies).toEqual(cleared)
    expect(result).toMatchObject({ status, body })
  })

  it("reaches SuperOffice also for a session that is too old to refresh", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const { body, posts } = await page.revoke({ secondsLater: 1_000_000 })
    expect(body).toEqual(revoked)
    expect(posts).toMatchObject([{ token: refreshTokenText }])
  })
})
