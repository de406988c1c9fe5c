import { describe, expect, it } from "vitest"
import type { HttpAnswer } from "../../lib/ports.ts"
import { jsonAnswer, refreshTokenText, rejectedAnswer } from "../support/front-door.ts"
import { reset, revoked, revokedAnswer } from "./answers.ts"
import { clearedIn, sessionName } from "./cookies.ts"
import { deliveries, openPage } from "./page.ts"

describe.each(deliveries)("in delivery %s, a revocation", (delivery) => {
  const cleared = delivery === "sealed" ? [] : [clearedIn(delivery, sessionName)]
  const mayStillBeValid = "SuperOffice could not revoke the token now: it may still be valid."

  it.each<[string, readonly (HttpAnswer | Error)[], number, object]>([
    ["200", [revokedAnswer], 200, revoked],
    ["400 for a dead token", [rejectedAnswer], 200, revoked],
    ["503", [jsonAnswer(503, {})], 503, { code: "upstream_unavailable", error_description: mayStillBeValid }],
    ["a reset", [reset], 503, { code: "upstream_unavailable", error_description: mayStillBeValid }],
    ["HTML", [{ ...revokedAnswer, status: 404, body: "<html>" }], 502, { code: "upstream_invalid" }],
    ["invalid_client", [jsonAnswer(401, { error: "invalid_client" })], 502, { code: "client_rejected" }],
  ])("ends the cookie whatever SuperOffice says: %s (C45, C58)", async (_what, answers, status, body) => {
    const page = openPage(delivery)
    await page.signIn()
    const result = await page.revoke({ answers })
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
