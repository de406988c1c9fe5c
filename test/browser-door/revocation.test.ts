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
    ["429", [jsonAnswer(429, {})], 503, { code: "upstream_unavailable", error_description: mayStillBeValid }],
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

  it("that failed is never called done when it is tried again as told", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const { body } = await page.revoke({ answers: [jsonAnswer(503, {})] })
    const again = body.retryable === true ? await page.revoke() : undefined
    expect(again?.posts ?? [{ token: refreshTokenText }]).toMatchObject([{ token: refreshTokenText }])
  })

  it("ends nothing when our own secret cannot be read, so that it can be tried again", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const down = await page.revoke({ secretIsDown: true })
    expect(down).toMatchObject({ status: 503, body: { code: "secret_unavailable" }, posts: [], cookies: [] })
    expect(await page.revoke()).toMatchObject({ body: revoked, posts: [{ token: refreshTokenText }] })
  })

  it("reaches SuperOffice also for a session that is too old to refresh", async () => {
    const page = openPage(delivery)
    await page.signIn()
    const { body, posts } = await page.revoke({ secondsLater: 1_000_000 })
    expect(body).toEqual(revoked)
    expect(posts).toMatchObject([{ token: refreshTokenText }])
  })

  it("of what nobody knows is done, with nothing posted (RFC 7009 §2.2)", async () => {
    const page = openPage(delivery)
    page.kept.sealed = "unknown"
    page.jar.set(sessionName, "unknown")
    expect(await page.revoke()).toMatchObject({ status: 200, body: revoked, posts: [], cookies: cleared })
  })
})
