import { describe, expect, it } from "vitest"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { refreshToken, exchangeCode } from "../../lib/operations/token.ts"
import {
  jsonAnswer,
  refreshTokenText,
  rejectedAnswer,
  signingKey,
  tokenAnswer,
} from "../support/front-door.ts"
import { namespace, signIdToken, superOfficeClaims } from "../support/id-tokens.ts"
import { failure, revoked, revokedAnswer } from "./answers.ts"
import { clearedIn, nameOf } from "./cookies.ts"
import { cookieDeliveries, openPage } from "./page.ts"
import { pageOrigin } from "../support/front-door.ts"

const own = "Cust12020"
const other = "Cust26759"
const sub = "liv@example.com"

/** SuperOffice's answer for a user of the other tenant. */
function answerFor(ctx: string, claims: object = {}) {
  const idToken = signIdToken(signingKey, superOfficeClaims({ [`${namespace}ctx`]: ctx, ...claims }))
  return tokenAnswer({ refresh_token: `token-of-${ctx}` }, idToken)
}

function cookieOf(ctx: string): string {
  return nameOf("session", pageOrigin, ctx.toLowerCase())
}

describe.each(cookieDeliveries)("in delivery %s, two tenants in one browser", (delivery) => {
  /** Signs in to one tenant, then, a second later, to another. */
  async function signInToBoth() {
    const page = openPage(delivery)
    await page.signIn()
    const { state, nonce } = await page.begin()
    const answers = [answerFor(other, { sub, nonce })]
    await page.visit(exchangeCode, { code: "b", state }, { answers, secondsLater: 1 })
    return page
  }
  const refreshOf = (
    page: Awaited<ReturnType<typeof signInToBoth>>,
    fields: object,
    ctx: string,
    claims = {},
  ) => page.visit(refreshToken, fields, { answers: [answerFor(ctx, claims)], secondsLater: 2 })

  it("have two sessions, and each is refreshed by its name, in any case of letters (C69)", async () => {
    const page = await signInToBoth()
    expect([...page.jar.keys()].sort()).toEqual([cookieOf(own), cookieOf(other)].sort())
    const first = await refreshOf(page, { ctx: own.toLowerCase() }, own)
    expect(first.posts).toMatchObject([{ refresh_token: refreshTokenText }])
    expect(first.body).toMatchObject({ claims: { ctx: own } })
    const second = await refreshOf(page, { ctx: other, sub }, other, { sub })
    expect(second.posts).toMatchObject([{ refresh_token: `token-of-${other}` }])
    expect(second.body).toMatchObject({ claims: { ctx: other, sub } })
  })

  it("are told apart by the newest sign-in when a page names none (C69)", async () => {
    const page = await signInToBoth()
    expect((await refreshOf(page, {}, other, { sub })).body).toMatchObject({ claims: { ctx: other } })
    // Its refresh does not make the older sign-in the newest.
    await refreshOf(page, { ctx: own }, own)
    expect((await refreshOf(page, {}, other, { sub })).body).toMatchObject({ claims: { ctx: other } })
  })

  it.each([
    ["a tenant without a session", { ctx: "Cust99999" }],
    ["another user of the tenant", { ctx: own, sub: "eve@example.com" }],
    ["a user of none of them", { sub: "eve@example.com" }],
  ])("are not used for %s: nothing is posted, and both stay (C69, C75)", async (_what, fields) => {
    const page = await signInToBoth()
    const refused = await refreshOf(page, fields, own)
    expect(refused).toMatchObject({ body: failure("session_expired"), posts: [], cookies: [] })
    expect(page.jar.size).toBe(2)
  })

  it("end one by one, and the other goes on (C69)", async () => {
    const page = await signInToBoth()
    const ended = await page.visit(revokeToken, { ctx: own }, { answers: [revokedAnswer] })
    expect(ended).toMatchObject({ body: revoked, posts: [{ token: refreshTokenText }] })
    expect(ended.cookies).toEqual([clearedIn(delivery, cookieOf(own))])
    expect((await refreshOf(page, { ctx: other }, other, { sub })).status).toBe(200)
    expect((await refreshOf(page, { ctx: own }, own)).body).toMatchObject(failure("session_expired"))
  })

  it("both end when a page names none, also if SuperOffice refuses one of them (C69)", async () => {
    const page = await signInToBoth()
    const ended = await page.visit(revokeToken, {}, { answers: [revokedAnswer, rejectedAnswer] })
    expect(ended).toMatchObject({ status: 200, body: revoked })
    expect(ended.posts.map(({ token }) => token).sort()).toEqual(
      [refreshTokenText, `token-of-${other}`].sort(),
    )
    expect(page.jar.size).toBe(0)
  })

  it("both end although SuperOffice cannot end one of them now, which is told and final (C58, C69)", async () => {
    const page = await signInToBoth()
    const ended = await page.visit(revokeToken, {}, { answers: [revokedAnswer, jsonAnswer(429, {})] })
    expect(ended).toMatchObject({ status: 503, body: { code: "upstream_unavailable", retryable: false } })
    expect(ended.posts).toHaveLength(2)
    expect(page.jar.size).toBe(0)
  })

  it("stay when a page ends the session of somebody who is not signed in (C69)", async () => {
    const page = await signInToBoth()
    for (const fields of [{ ctx: own, sub: "eve@example.com" }, { sub: "eve@example.com" }]) {
      const refused = await page.visit(revokeToken, fields, { answers: [revokedAnswer] })
      expect(refused).toMatchObject({ body: failure("session_expired"), posts: [], cookies: [] })
    }
    // By its user alone, one ends.
    const ended = await page.visit(revokeToken, { sub }, { answers: [revokedAnswer] })
    expect(ended).toMatchObject({ body: revoked, posts: [{ token: `token-of-${other}` }] })
    expect([...page.jar.keys()]).toEqual([cookieOf(own)])
  })

  it("do not lose one to the other's key that is gone", async () => {
    const page = await signInToBoth()
    page.jar.set(
      cookieOf(other),
      "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwidHlwIjoic28tc2Vzc2lvbiIsImtpZCI6Im9sZCJ9..a.b.c",
    )
    const refreshed = await refreshOf(page, { ctx: own }, own)
    expect(refreshed.status).toBe(200)
    // Named alone, the other is not even looked at.
    expect(refreshed.cookies).toHaveLength(1)
    const byNewest = await refreshOf(page, {}, own)
    expect(byNewest).toMatchObject({ status: 200, body: { claims: { ctx: own } } })
    expect(byNewest.cookies).toContain(clearedIn(delivery, cookieOf(other)))
  })
})
