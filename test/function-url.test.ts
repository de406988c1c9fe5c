import { describe, expect, it } from "vitest"
import { exchangeCode } from "../lib/operations/token.ts"
// Amazon's own sample, of a signed request.
import published from "./fixtures/lambda/function-url-event.json" with { type: "json" }
import { bodyOf } from "./support/events.ts"
import { codeVerifier, openFrontDoor, pageOrigin, refreshTokenText } from "./support/front-door.ts"

const { authorizer, http } = published.requestContext
const code = { code: "a-code", redirect_uri: `${pageOrigin}/callback`, code_verifier: codeVerifier }

/** Invokes the function with the sample, a code to redeem, and other headers and context. */
async function invoke(headers: object, context: object) {
  const door = openFrontDoor(exchangeCode)
  const answer = await door.invoke({
    ...published,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(code),
    requestContext: { ...published.requestContext, ...context },
  })
  return { door, answer }
}

describe("a function URL", () => {
  const anonymous = { authorizer: null, accountId: "anonymous" }

  it("lets a signer of the function's own account in, who gets the refresh token", async () => {
    const accountId = "123456789012"
    const iam = { ...authorizer.iam, accountId, userArn: `arn:aws:iam::${accountId}:user/example-user` }
    const { door, answer } = await invoke({}, { authorizer: { iam } })
    expect(bodyOf(answer)).toMatchObject({ refresh_token: refreshTokenText })
    expect(door.lastLine()).toMatchObject({ door: "signed", code: "ok" })
  })

  it.each([
    ["the signer of Amazon's sample, who is of another account", {}],
    ["whoever did not sign and is no page", anonymous],
  ])("refuses %s", async (_who, context) => {
    const { door, answer } = await invoke({}, context)
    expect(bodyOf(answer)).toMatchObject({ code: "origin_not_allowed" })
    expect(door.requests).toEqual([])
  })

  it("lets a page of an allowed origin in, with the CORS headers of the function", async () => {
    const { answer } = await invoke({ origin: pageOrigin }, anonymous)
    const headers = { "access-control-allow-origin": pageOrigin, vary: "Origin" }
    expect(answer).toMatchObject({ statusCode: 200, headers })
    expect(bodyOf(answer)).not.toHaveProperty("refresh_token")
  })

  it("leaves the answer to a preflight to the function", async () => {
    const preflight = { authorizer: null, http: { ...http, method: "OPTIONS" } }
    const { answer } = await invoke({ origin: pageOrigin }, preflight)
    const headers = { "access-control-allow-origin": pageOrigin }
    expect(answer).toMatchObject({ statusCode: 204, headers })
  })
})
