import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ExchangeError } from "../../../lib/errors.ts"
import { parseTokenResponse, tokenResponseNeedsBody } from "../../../lib/exchange/token-response.ts"

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
  return readText(200, JSON.stringify({ ...complete, ...changes }))
}

function readText(status: number, body: string, retryAfterSeconds?: number) {
  return parseTokenResponse({ status, body, retryAfterSeconds })
}

function invalid(what: string): ExchangeError {
  return new ExchangeError("upstream_invalid", `SuperOffice's answer is not a token response: ${what}`)
}

describe("a token response", () => {
  it("is read as it came", () => {
    expect(read({})).toEqual(tokens)
  })

  it.each(["bearer", "BEARER"])("has a type in any case: %s (C10, R25)", (type) => {
    expect(read({ token_type: type })).toEqual(tokens)
  })

  it.each([
    [{ expires_in: undefined }, 3600],
    [{ expires_in: "1800" }, 1800],
    [{ expires_in: 1 }, 1],
    [{ expires_in: "0900" }, 900],
    [{ expires_in: null }, 3600],
  ])("has a lifetime, the documented one when it does not say: %j (C11, R25)", (changes, seconds) => {
    expect(read(changes)).toEqual({ ...tokens, expiresInSeconds: seconds })
  })

  it.each([[undefined], [""], [null], [1]])("has the scope asked for when it says %j (C12, R25)", (scope) => {
    expect(read({ scope })).toEqual({ ...tokens, scope: "openid" })
  })

  it.each([[undefined], [""], [null], [1]])(
    "brings no refresh token when it says %j (C13)",
    (refreshToken) => {
      expect(read({ refresh_token: refreshToken })).toEqual({ ...tokens, refreshToken: undefined })
    },
  )

  it.each([{ error: null }, { error: "" }, { error: null, error_description: null }])(
    "may have an error that says nothing: %j (C73)",
    (changes) => {
      expect(read(changes)).toEqual(tokens)
    },
  )

  it("may say more, which is left behind (C09)", () => {
    expect(read({ unknown: "x", constructor: {}, expires_at: 1 })).toEqual(tokens)
  })

  it.each([
    [{ token_type: undefined }, "the token type is not Bearer"],
    [{ token_type: "DPoP" }, "the token type is not Bearer"],
    [{ token_type: "Bearer " }, "the token type is not Bearer"],
    [{ token_type: ["Bearer"] }, "the token type is not Bearer"],
    [{ access_token: undefined }, "there is no access token"],
    [{ access_token: "" }, "there is no access token"],
    [{ access_token: {} }, "there is no access token"],
    [{ id_token: undefined }, "there is no ID Token"],
    [{ id_token: "" }, "there is no ID Token"],
    [{ id_token: null }, "there is no ID Token"],
    [{ error: "access_denied" }, "a 200 carries an error"],
    [{ error: 0 }, "a 200 carries an error"],
  ])("is refused with %j (C10)", (changes, what) => {
    expect(() => read(changes)).toThrow(invalid(what))
  })

  it.each([[0], [-1], [1.5], ["0"], ["-1"], [""], ["1e3"], ["soon"], [true], [1e12]])(
    "is refused when it lasts %j seconds (C11)",
    (seconds) => {
      expect(() => read({ expires_in: seconds })).toThrow(
        invalid("expires_in is not a positive whole number of seconds"),
      )
    },
  )

  it.each(["", "null", "[]", '"text"', "<html>", "access_token=x"])("is a JSON object: not %j", (body) => {
    expect(() => readText(200, body)).toThrow(invalid("the body is not a JSON object"))
  })

  it.each([100, 201, 204, 301, 302, 303, 307, 308])("does not come with status %d (C59)", (status) => {
    expect(() => readText(status, JSON.stringify(complete))).toThrow(invalid(`the status is ${status}`))
  })

  it("takes no member from __proto__ (C55)", () => {
    const body = `{"__proto__":${JSON.stringify({ error: "invalid_client", ...complete })}}`
    expect(() => readText(200, body)).toThrow(invalid("the token type is not Bearer"))
    expect(() => readText(400, body)).toThrow(invalid("the status is 400, without an error that we know"))
  })
})

describe("a refusal", () => {
  const grantRejected = new ExchangeError(
    "grant_rejected",
    "SuperOffice refused the grant, or the client: it does not say which",
  )
  const clientRejected = new ExchangeError("client_rejected", "SuperOffice says that the client is wrong")

  it.each([
    [400, { error: "access_denied" }, grantRejected],
    [400, { error: "invalid_grant", error_description: "too old" }, grantRejected],
    [403, { error: "access_denied" }, grantRejected],
    [400, { error: "invalid_client" }, clientRejected],
    [400, { error: "unauthorized_client" }, clientRejected],
    [401, { error: "access_denied" }, clientRejected],
    [401, "<html>", clientRejected],
  ])("with %d and %j has a name (C57)", (status, body, error) => {
    expect(() => readText(status, JSON.stringify(body))).toThrow(error)
  })

  it.each([
    [400, {}],
    [400, { error: "invalid_request" }],
    [400, { error: ["access_denied"] }],
    [400, "access_denied"],
    [400, null],
    [403, "<html>"],
    [404, { error: "not_found" }],
    [418, complete],
  ])("with %d and %j is not one that we know", (status, body) => {
    expect(() => readText(status, JSON.stringify(body))).toThrow(
      invalid(`the status is ${status}, without an error that we know`),
    )
  })

  it.each([
    [408, undefined],
    [425, 3],
    [429, undefined],
    [429, 30],
    [500, undefined],
    [503, 5],
    [599, undefined],
  ])("with %d is an outage, whatever it says, to come back after %s s", (status, retryAfterSeconds) => {
    const error = new ExchangeError("upstream_unavailable", `SuperOffice answered ${status}`, {
      retryAfterSeconds,
    })
    for (const body of [{ error: "invalid_client" }, complete, "<html>"]) {
      expect(() => readText(status, JSON.stringify(body), retryAfterSeconds)).toThrow(error)
    }
  })
})

describe("a body that cannot be read", () => {
  const unreadable = new ExchangeError("upstream_invalid", "SuperOffice's answer is not UTF-8")
  const readStatus = (status: number) => () =>
    parseTokenResponse({ status, body: "", unreadable, retryAfterSeconds: undefined })

  it.each([200, 400, 403, 404])("is the fault of an answer that needs it, with status %d (C70)", (status) => {
    expect(tokenResponseNeedsBody(status)).toBe(true)
    expect(readStatus(status)).toThrow(unreadable)
  })

  it.each([
    [204, "upstream_invalid"],
    [302, "upstream_invalid"],
    [401, "client_rejected"],
    [408, "upstream_unavailable"],
    [429, "upstream_unavailable"],
    [500, "upstream_unavailable"],
  ])("changes nothing in an answer of status %d, which is %s (C70)", (status, code) => {
    expect(tokenResponseNeedsBody(status)).toBe(false)
    expect(readStatus(status)).toThrow(expect.objectContaining({ code }))
    expect(readStatus(status)).not.toThrow(unreadable)
  })
})

describe("any answer", () => {
  const seed = 4104
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom("Bearer", "3600", 3600, "canary"))
  const member = fc.constantFrom(...Object.keys(complete), "error", "__proto__", "constructor")
  const changes = fc.dictionary(member, value)
  const body = fc.oneof(
    changes.map((some) => JSON.stringify({ ...complete, ...some })),
    changes.map((some) => JSON.stringify(some)),
    fc.json(),
    fc.string({ unit: "binary" }),
  )
  const status = fc.oneof({ weight: 3, arbitrary: fc.constant(200) }, fc.integer({ min: 100, max: 599 }))
  const codes = ["grant_rejected", "client_rejected", "upstream_unavailable", "upstream_invalid"]

  it(`is read or refused by a name of the contract, which repeats nothing of it (seed ${seed})`, () => {
    fc.assert(
      fc.property(status, body, (number, text) => {
        try {
          const { accessToken, expiresInSeconds, unverifiedIdToken } = readText(number, text)
          expect([number, accessToken === "", unverifiedIdToken === ""]).toEqual([200, false, false])
          expect(expiresInSeconds).toBeGreaterThan(0)
        } catch (error) {
          if (!(error instanceof ExchangeError)) throw error
          expect(codes).toContain(error.code)
          expect(error.message).not.toContain("canary")
          expect(error.cause).toBeUndefined()
        }
      }),
      { seed, numRuns: 500 },
    )
  })
})
