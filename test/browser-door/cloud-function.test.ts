import { describe, expect, it } from "vitest"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode, refreshToken } from "../../lib/operations/token.ts"
import { bodyOf, signedEvent } from "../support/events.ts"
import { jsonAnswer, openFrontDoor, refreshTokenText, rejectedAnswer } from "../support/front-door.ts"
import { clientId } from "../support/id-tokens.ts"
import { revoked, revokedAnswer } from "./answers.ts"
import { callback, formOf, openPage } from "./page.ts"

const revocationUrl = "https://sod.superoffice.com/login/common/oauth/revoke"

describe("a cloud function", () => {
  const signed = (fields: object) => signedEvent(fields)

  it("revokes a token in clear, in the form body, with our client authentication once (C03, C04, C63)", async () => {
    const door = openFrontDoor(revokeToken, { answers: [revokedAnswer] })
    expect(bodyOf(await door.invoke(signed({ token: refreshTokenText })))).toEqual(revoked)
    expect(await door.invoke({ token: refreshTokenText })).toEqual(revoked)
    expect(door.requests).toHaveLength(2)
    for (const request of door.requests) {
      expect(request).toMatchObject({ method: "POST", url: revocationUrl, body: { type: "form" } })
      expect([...new URLSearchParams(request.body?.text)].sort()).toEqual([
        ["client_id", clientId],
        ["client_secret", "client-secret-one"],
        ["token", refreshTokenText],
        ["token_type_hint", "refresh_token"],
      ])
    }
  })

  it("learns when to come back from a 503 (C58)", async () => {
    const door = openFrontDoor(revokeToken, { answers: [{ ...jsonAnswer(503, {}), retryAfterSeconds: 7 }] })
    expect(await door.invoke(signed({ token: refreshTokenText }))).toMatchObject({
      statusCode: 503,
      headers: { "retry-after": "7" },
    })
  })

  it("has no start-login, and no cookies", async () => {
    const door = openFrontDoor(startLogin)
    expect(bodyOf(await door.invoke(signed({ redirect_uri: callback })))).toMatchObject({
      code: "origin_not_allowed",
    })
    expect(await door.invoke({ redirect_uri: callback })).toMatchObject({ code: "origin_not_allowed" })
    const event = { ...signed({ code: "a-code", state: "s", redirect_uri: callback }), cookies: ["a=b"] }
    expect(await openFrontDoor(exchangeCode).invoke(event)).not.toHaveProperty("cookies")
  })

  it("cannot redeem what was sealed for a page: SuperOffice gets it as it is, and refuses it", async () => {
    const page = openPage("sealed")
    await page.signIn()
    const door = openFrontDoor(refreshToken, { answers: [rejectedAnswer] })
    expect(await door.invoke({ refresh_token: page.kept.sealed })).toMatchObject({ code: "grant_rejected" })
    expect(door.requests.map(formOf)).toMatchObject([{ refresh_token: page.kept.sealed }])
  })
})
