import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import type { Grant } from "../../../lib/exchange/grant.ts"
import { redeem } from "../../../lib/exchange/redeem.ts"
import type { HttpAnswer } from "../../../lib/ports.ts"
import { Secret } from "../../../lib/secret.ts"
import { codeGrant, fakeContext, refreshGrant, type FakeContext } from "../../support/context.ts"
import { credentials, jsonAnswer, rejectedAnswer, tokenAnswer } from "../../support/front-door.ts"

const post = "POST https://sod.superoffice.com/login/common/oauth/tokens"
const replaced = { ...credentials, version: "v2", clientSecret: new Secret("client-secret-two") }
const reset = new ExchangeError("upstream_unavailable", "reset")

describe("redeem", () => {
  it("posts a code once and a refresh twice when the connection is reset (C07)", async () => {
    const answers = [reset, tokenAnswer()]
    const [code, refresh] = [fakeContext({ answers }), fakeContext({ answers })]
    expect(await redeem(codeGrant, credentials, code)).toMatchObject({ error: reset, mayHaveArrived: true })
    expect(await redeem(refreshGrant, credentials, refresh)).toMatchObject({ value: { scope: "openid" } })
    expect([code.posts.length, refresh.posts.length]).toEqual([1, 2])
  })

  it.each<Grant>([codeGrant, refreshGrant])(
    "posts a rejected grant of type $type once more with a client secret that was replaced meanwhile",
    async (grant) => {
      const context = fakeContext({ answers: [rejectedAnswer, tokenAnswer()], credentials: () => replaced })
      const expected = { value: { scope: "openid" }, credentials: replaced }
      expect(await redeem(grant, credentials, context)).toMatchObject(expected)
      const read = ["secret reread", "secret reread: done"]
      expect(context.events).toEqual([post, `${post}: done`, ...read, post, `${post}: done`])
      const [first, second] = context.posts
      expect(second).toEqual({ ...first, client_secret: "client-secret-two" })
    },
  )
})

describe("a client secret", () => {
  /** Redeems a grant that is answered so, among the rejections of one environment, and gives the warnings. */
  async function warningsOf(grant: Grant, { rejections }: FakeContext, answer = rejectedAnswer) {
    const context = { ...fakeContext({ answers: [answer, answer] }), rejections }
    await redeem(grant, credentials, context)
    return [...context.requestLog.warnings]
  }

  const refreshes = Array.from({ length: 6 }, (_, index) => ({
    ...refreshGrant,
    refreshToken: new Secret(`token ${index}`),
  }))
  const [first, ...others] = refreshes as [Grant, ...Grant[]]

  it.each<[string, HttpAnswer]>([
    ["the grant or the client", rejectedAnswer],
    ["the client", jsonAnswer(401, {})],
  ])("is suspected from the fifth refused refresh in a row on: refused was %s", async (_what, answer) => {
    const context = fakeContext()
    const warnings = []
    for (const grant of refreshes) warnings.push(await warningsOf(grant, context, answer))
    const suspected = ["client_secret_suspected"]
    expect(warnings).toEqual([[], [], [], [], suspected, suspected])
  })

  it.each<[string, Grant[], HttpAnswer]>([
    ["one page is loaded again and again", Array<Grant>(6).fill(first), rejectedAnswer],
    ["codes are refused, which anybody can make up", Array<Grant>(6).fill(codeGrant), rejectedAnswer],
    ["SuperOffice is down", refreshes, jsonAnswer(503, {})],
  ])("is not suspected when %s", async (_what, grants, answer) => {
    const context = fakeContext()
    for (const grant of grants) expect(await warningsOf(grant, context, answer)).toEqual([])
  })

  it("is not suspected when a success came between", async () => {
    const context = fakeContext()
    for (const grant of others.slice(1)) await warningsOf(grant, context)
    await redeem(codeGrant, credentials, context)
    expect(await warningsOf(first, context)).toEqual([])
  })

  it("is suspected by the version that was rejected last", async () => {
    const { rejections } = fakeContext()
    for (const grant of others) {
      const refused = fakeContext({ answers: [rejectedAnswer, rejectedAnswer], credentials: () => replaced })
      await redeem(grant, credentials, { ...refused, rejections })
    }
    expect(rejections.rejected(new Secret("another"), "v2")).toBe(true)
  })
})
