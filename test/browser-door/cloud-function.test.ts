import { describe, expect, it } from "vitest"
import { revokeToken } from "../../lib/operations/revoke-token.ts"
import { startLogin } from "../../lib/operations/start-login.ts"
import { exchangeCode, refreshToken } from "../../lib/operations/token.ts"
import { bodyOf, signedEvent } from "../support/events.ts"
import { jsonAnswer, openFrontDoor, refreshTokenText, rejectedAnswer } from "../support/front-door.ts"
import { callback, formOf, openPage } from "./page.ts"

describe("a cloud function", () => {
  it("learns when to come back from a 503 (C58)", async () => {
    const door = openFrontDoor(revokeToken, { answers: [{ ...jsonAnswer(503, {}), retryAfterSeconds: 7 }] })
    expect(await door.invoke(signedEvent({ token: refreshTokenText }))).toMatchObject({
      statusCode: 503,
      headers: { "retry-after": "7" },
    })
  })

  it("has no start-login, and no cookies", async () => {
    const door = openFrontDoor(startLogin)
    expect(bodyOf(await door.invoke(signedEvent({ redirect_uri: callback })))).toMatchObject({
      code: "origin_not_allowed",
    })
    expect(await door.invoke({ redirect_uri: callback })).toMatchObject({ code: "origin_not_allowed" })
    const event = {
      ...signedEvent({ code: "a-code", state: "s", redirect_uri: callback }),
      cookies: ["a=b"],
    }
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
