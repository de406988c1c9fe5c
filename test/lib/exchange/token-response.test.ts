import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import { parseTokenResponse, tokenResponseNeedsBody } from "../../../lib/exchange/token-response.ts"
import { jsonAnswer, plainAnswer } from "../../support/front-door.ts"

const complete = {
  token_type: "Bearer",
  access_token: "8A:Cust12020.AR2s3phb0gXK8DP0NfoYlsrQAQ+/==",
  expires_in: 3600,
  scope: "openid profile",
  refresh_token: "a-refresh-token",
  id_token: "a.b.c",
}
const tokens = {
  accessToken: complete.access_token,
  expiresInSeconds: 3600,
  scope: "openid profile",
  refreshToken: "a-refresh-token",
  unverifiedIdToken: "a.b.c",
}

function read(changes: object) {
  return parseTokenResponse(jsonAnswer(200, { ...complete, ...changes }))
}

function invalid(what: string): ExchangeError {
  return new ExchangeError("upstream_invalid", `SuperOffice's answer is not a token response: ${what}`)
}

describe("parseTokenResponse", () => {
  it.each<[string, object[], object]>([
    ["a whole answer as it came", [{}], {}],
    ["a type in any case (C10, R25)", [{ token_type: "bearer" }, { token_type: "BEARER" }], {}],
    ["no lifetime as the documented one (C11, R25)", [{ expires_in: undefined }, { expires_in: null }], {}],
    ["a lifetime of a second (C11)", [{ expires_in: 1 }, { expires_in: "0001" }], { expiresInSeconds: 1 }],
    ["no scope as the one asked for (C12, R25)", absent("scope"), { scope: "openid" }],
    ["no refresh token as none (C13)", absent("refresh_token"), { refreshToken: undefined }],
    ["an error that says nothing (C73)", [{ error: null }, { error: "", error_description: null }], {}],
    ["no member that nobody knows (C09)", [{ unknown: "x", constructor: {}, expires_at: 1 }], {}],
  ])("reads %s", (_what, answers, expected) => {
    for (const changes of answers) expect(read(changes)).toEqual({ ...tokens, ...expected })
  })

  function absent(name: string): object[] {
    return [undefined, "", null, 1].map((value) => ({ [name]: value }))
  }

  const notBearer = "the token type is not Bearer"
  it.each<[string, unknown[], string]>([
    ["token_type", [undefined, "DPoP", "Bearer ", ["Bearer"]], notBearer],
    ["access_token", [undefined, "", {}], "there is no access token"],
    ["id_token", [undefined, "", null, 1], "there is no ID Token"],
    ["error", ["access_denied", 0], "a 200 carries an error"],
  ])("refuses a wrong %s (C10)", (name, values, what) => {
    for (const value of values) expect(() => read({ [name]: value })).toThrow(invalid(what))
  })

  it.each([[0], [-1], [1.5], ["0"], ["-1"], [""], ["soon"], [true], [1e12]])(
    "refuses a lifetime of %j seconds (C11)",
    (seconds) => {
      const what = "expires_in is not a positive whole number of seconds"
      expect(() => read({ expires_in: seconds })).toThrow(invalid(what))
    },
  )

  it("refuses a body that is not a JSON object", () => {
    const notObject = invalid("the body is not a JSON object")
    for (const body of ["", "null", "[]", "<html>", "access_token=x"])
      expect(() => parseTokenResponse(plainAnswer(200, body))).toThrow(notObject)
  })

  it("refuses tokens with another status than 200, a redirect's among them (C59)", () => {
    for (const status of [100, 201, 204, 302, 307]) {
      const error = invalid(`the status is ${status}`)
      expect(() => parseTokenResponse(jsonAnswer(status, complete))).toThrow(error)
    }
  })

  it("takes no member from __proto__ (C55)", () => {
    const body = `{"__proto__":${JSON.stringify({ error: "invalid_client", ...complete })}}`
    const unknown = "the status is 400, without an error that we know"
    expect(() => parseTokenResponse(plainAnswer(200, body))).toThrow(invalid(notBearer))
    expect(() => parseTokenResponse(plainAnswer(400, body))).toThrow(invalid(unknown))
  })

  it.each<[string, number, unknown]>([
    ["grant_rejected", 400, { error: "access_denied" }],
    ["grant_rejected", 400, { error: "invalid_grant", error_description: "too old" }],
    ["grant_rejected", 403, { error: "access_denied" }],
    ["client_rejected", 400, { error: "invalid_client" }],
    ["client_rejected", 400, { error: "unauthorized_client" }],
    ["client_rejected", 401, { error: "access_denied" }],
    ["client_rejected", 401, "<html>"],
    ["upstream_invalid", 400, {}],
    ["upstream_invalid", 400, { error: "invalid_request" }],
    ["upstream_invalid", 400, { error: ["access_denied"] }],
    ["upstream_invalid", 403, "<html>"],
    ["upstream_invalid", 418, complete],
    ["upstream_unavailable", 408, complete],
    ["upstream_unavailable", 500, { error: "invalid_client" }],
  ])("throws %s for %d with %j (C57)", (code, status, body) => {
    const error = expect.objectContaining({ name: "ExchangeError", code }) as Error
    expect(() => parseTokenResponse(jsonAnswer(status, body))).toThrow(error)
  })

  const unreadable = new ExchangeError("upstream_invalid", "SuperOffice's answer is not UTF-8")
  it.each([
    [200, unreadable],
    [400, unreadable],
    [404, unreadable],
    [204, invalid("the status is 204")],
    [302, invalid("the status is 302")],
    [401, new ExchangeError("client_rejected", "SuperOffice says that the client is wrong")],
    [429, new ExchangeError("upstream_unavailable", "SuperOffice answered 429")],
    [500, new ExchangeError("upstream_unavailable", "SuperOffice answered 500")],
  ])("needs the body of a %d only where it changes what is thrown: %s (C70)", (status, error) => {
    expect(tokenResponseNeedsBody(status)).toBe(error === unreadable)
    expect(() => parseTokenResponse({ ...plainAnswer(status, ""), unreadable })).toThrow(error)
  })
})
