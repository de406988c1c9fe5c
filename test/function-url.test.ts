import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { exchangeCode } from "../lib/operations/token.ts"
import { bodyOf } from "./support/events.ts"
import { codeVerifier, openFrontDoor, pageOrigin, refreshTokenText } from "./support/front-door.ts"

/** Amazon's own sample of a function URL's event, of a signed request. */
const published = JSON.parse(
  readFileSync(new URL("./fixtures/lambda/function-url-event.json", import.meta.url), "utf8"),
) as { requestContext: { authorizer: { iam: object }; http: object } }

const body = JSON.stringify({
  code: "a-code",
  redirect_uri: `${pageOrigin}/callback`,
  code_verifier: codeVerifier,
})

/** The sample with a code to redeem, and other headers and context. */
function event(headers: object, context: object, http: object = {}): object {
  const requestContext = {
    ...published.requestContext,
    ...context,
    http: { ...published.requestContext.http, ...http },
  }
  return { ...published, headers: { "content-type": "application/json", ...headers }, body, requestContext }
}

describe("behind a function URL", () => {
  const signer = { iam: { ...published.requestContext.authorizer.iam, accountId: "123456789012" } }

  it("a signer of the function's own account gets the refresh token", async () => {
    const userArn = "arn:aws:iam::123456789012:user/example-user"
    const door = openFrontDoor(exchangeCode)
    const answer = await door.invoke(event({}, { authorizer: { iam: { ...signer.iam, userArn } } }))
    expect(bodyOf(answer)).toMatchObject({ refresh_token: refreshTokenText })
    expect(door.lastLine()).toMatchObject({ door: "signed", code: "ok" })
  })

  it("the signer of Amazon's sample, who is of another account, is refused", async () => {
    const door = openFrontDoor(exchangeCode)
    expect(bodyOf(await door.invoke(event({}, {})))).toMatchObject({ code: "origin_not_allowed" })
    expect(door.requests).toEqual([])
  })

  it("a page of a listed origin is a page, with the CORS headers of the function", async () => {
    const door = openFrontDoor(exchangeCode)
    const answer = await door.invoke(
      event({ origin: pageOrigin }, { authorizer: null, accountId: "anonymous" }),
    )
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { "access-control-allow-origin": pageOrigin, vary: "Origin" },
    })
    expect(bodyOf(answer)).not.toHaveProperty("refresh_token")
  })

  it("anybody else is refused", async () => {
    const door = openFrontDoor(exchangeCode)
    const answer = await door.invoke(event({}, { authorizer: null, accountId: "anonymous" }))
    expect(answer).toMatchObject({ statusCode: 403 })
    expect(door.requests).toEqual([])
  })

  it("a preflight is answered by the function", async () => {
    const door = openFrontDoor(exchangeCode)
    const preflight = event({ origin: pageOrigin }, { authorizer: null }, { method: "OPTIONS" })
    expect(await door.invoke(preflight)).toMatchObject({
      statusCode: 204,
      headers: { "access-control-allow-origin": pageOrigin },
    })
  })
})
