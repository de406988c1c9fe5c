import { describe, expect, it } from "vitest"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { refreshToken } from "../../lib/operations/token.ts"
import type { HttpAnswer } from "../../lib/ports.ts"
import { jsonAnswer, pageOrigin, refreshTokenText } from "../support/front-door.ts"
import { rejectedAnswer, signingKey, tokenAnswer } from "../support/front-door.ts"
import { namespace, signIdToken, superOfficeClaims } from "../../harness/id-tokens.ts"
import { clearedIn, cookieDeliveries, failure, nameOf, openPage, revoked, revokedAnswer } from "./page.ts"

const own = "Cust12020"
const other = "Cust26759"
const sub = "liv@example.com"
const otherToken = `token-of-${other}`

/** SuperOffice's answer for the user of a tenant. */
function answerFor(ctx: string, claims: object = {}) {
  const ofTenant = { [`${namespace}ctx`]: ctx, ...(ctx === other && { sub }) }
  const idToken = signIdToken(signingKey, superOfficeClaims({ ...ofTenant, ...claims }))
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
    await page.redeem({ state }, { answers: [answerFor(other, { nonce })], secondsLater: 1 })
    return {
      ...page,
      /** A refresh, which SuperOffice answers for this tenant. */
      refreshed: (fields: object, ctx: string) =>
        page.visit(refreshToken, fields, { answers: [answerFor(ctx)], secondsLater: 2 }),
      signOut: (fields: object, ...answers: HttpAnswer[]) =>
        page.visit(revokeToken, fields, { answers: [...answers, revokedAnswer] }),
    }
  }

  it("have two sessions, and each is refreshed by its name, in any case of letters (C69)", async () => {
    const { jar, refreshed } = await signInToBoth()
    expect([...jar.keys()].sort()).toEqual([cookieOf(own), cookieOf(other)].sort())
    expect(await refreshed({ ctx: own.toLowerCase() }, own)).toMatchObject({
      posts: [{ refresh_token: refreshTokenText }],
      body: { claims: { ctx: own } },
    })
    // Its refresh does not make the older sign-in the newest, which is used when a page names none.
    for (const fields of [{ ctx: other, sub }, {}]) {
      expect(await refreshed(fields, other)).toMatchObject({
        posts: [{ refresh_token: otherToken }],
        body: { claims: { ctx: other, sub } },
      })
    }
  })

  it.each([
    ["a tenant without a session", { ctx: "Cust99999" }],
    ["another user of the tenant", { ctx: own, sub: "eve@example.com" }],
    ["a user of none of them", { sub: "eve@example.com" }],
  ])(
    "are neither used nor ended for %s: nothing is posted, and both stay (C69, C75)",
    async (_what, fields) => {
      const { jar, refreshed, signOut } = await signInToBoth()
      const refused = { body: failure("session_expired"), posts: [], cookies: [] }
      expect(await refreshed(fields, own)).toMatchObject(refused)
      if ("sub" in fields) expect(await signOut(fields)).toMatchObject(refused)
      expect(jar.size).toBe(2)
    },
  )

  it.each([
    ["tenant", { ctx: own }, own, refreshTokenText],
    ["user", { sub }, other, otherToken],
  ])("end one by one, by the %s, and the other goes on (C69)", async (_what, fields, ended, token) => {
    const page = await signInToBoth()
    const cookies = [clearedIn(delivery, cookieOf(ended))]
    expect(await page.signOut(fields)).toMatchObject({ body: revoked, posts: [{ token }], cookies })
    const rest = ended === own ? other : own
    expect(await page.refreshed({ ctx: rest }, rest)).toMatchObject({ status: 200 })
    expect(await page.refreshed({ ctx: ended }, ended)).toMatchObject({ body: failure("session_expired") })
  })

  const outage = { code: "upstream_unavailable", retryable: false }
  it.each([
    ["refuses one of them", rejectedAnswer, { status: 200, body: revoked }],
    [
      "cannot end one of them now, which is told and final",
      jsonAnswer(429, {}),
      { status: 503, body: outage },
    ],
  ])("both end when a page names none, although SuperOffice %s (C58, C69)", async (_what, answer, told) => {
    const page = await signInToBoth()
    const ended = await page.signOut({}, revokedAnswer, answer)
    expect(ended).toMatchObject(told)
    expect(ended.posts.map(({ token }) => token).sort()).toEqual([refreshTokenText, otherToken].sort())
    expect(page.jar.size).toBe(0)
  })

  it("do not lose one to the other's key that is gone", async () => {
    const { jar, refreshed } = await signInToBoth()
    const header = Buffer.from('{"alg":"dir","enc":"A256GCM","typ":"so-session","kid":"old"}')
    jar.set(cookieOf(other), `${header.toString("base64url")}..a.b.c`)
    // Named alone, the other is not even looked at.
    expect(await refreshed({ ctx: own }, own)).toMatchObject({ status: 200, cookies: [expect.any(String)] })
    const byNewest = await refreshed({}, own)
    expect(byNewest).toMatchObject({ status: 200, body: { claims: { ctx: own } } })
    expect(byNewest.cookies).toContain(clearedIn(delivery, cookieOf(other)))
  })
})
