import { describe, expect, it } from "vitest"
import { clients, failure, over, sends, startServer } from "./transports.ts"
import { code, functions, refresh, serviceError, tokenResponse, withoutRefreshToken } from "./values.ts"

const { "direct invocation": lambda, "signed HTTPS": https } = clients

describe.each(functions.map((one) => [one.name, one] as const))(
  "a client that calls %s",
  (_name, { success, call }) => {
    it("takes for a success an answer with the members of one, and no other object (C77)", async () => {
      expect(await call(over(() => ({ body: success })).client)).toEqual({ ok: true, value: success })
      const other = functions.find((one) => one.success !== success)?.success
      for (const body of [{}, other]) {
        expect(await call(over(() => ({ body })).client)).toEqual(failure("answer_unreadable"))
      }
    })
  },
)

describe("a token response", () => {
  it.each([
    ["access_token", ""],
    ["access_token", 7],
    ["token_type", "SOTicket"],
    ["expires_in", "3600"],
    ["expires_at", undefined],
    ["id_token", undefined],
    ["refresh_token", null],
    ["claims", undefined],
    ["claims", { sub: "ann@example.com" }],
    ["claims", [{ ctx: "Cust12345" }]],
  ])("whose %s is %j is no success (C77)", async (member, value) => {
    const { client, calls } = over(() => ({ body: { ...tokenResponse, [member]: value } }))
    expect(await client.refreshToken(refresh)).toEqual(failure("answer_unreadable"))
    expect(calls()).toBe(1)
  })

  it("without a refresh token is a success (C77)", async () => {
    const { client } = over(() => ({ body: withoutRefreshToken }))
    expect(await client.exchangeCode(code)).toEqual({ ok: true, value: withoutRefreshToken })
  })
})

describe("a client over signed HTTPS", () => {
  it.each([
    [400, tokenResponse, "answer_unreadable"],
    [400, { message: "Bad Request" }, "answer_unreadable"],
    [401, tokenResponse, "not_permitted"],
    [401, { error: "x", code: "y" }, "not_permitted"],
    [403, { code: "AccessDenied" }, "not_permitted"],
    [403, [serviceError], "not_permitted"],
    [404, { ...serviceError, request_id: undefined }, "not_found"],
    [404, { ...serviceError, retryable: "no" }, "not_found"],
    [404, { ...serviceError, error: undefined }, "not_found"],
    [404, { ...serviceError, code: 7 }, "not_found"],
    [307, serviceError, "answer_unreadable"],
    [200, serviceError, "answer_unreadable"],
  ] as const)("takes status %i with %j for %s, never for a success (C77)", async (status, body, becomes) => {
    const server = await startServer(sends(status, body))
    expect(await https(server.url).refreshToken(refresh)).toEqual(failure(becomes))
  })

  it.each([400, 429, 500, 503])(
    "takes an error of the service with status %i as it is (C77)",
    async (status) => {
      const server = await startServer(sends(status, serviceError))
      expect(await https(server.url).refreshToken(refresh)).toEqual({ ok: false, error: serviceError })
    },
  )
})

describe("a client over direct invocation", () => {
  it("takes an error of the service as it is (C77)", async () => {
    const server = await startServer(sends(200, serviceError))
    expect(await lambda(server.url).refreshToken(refresh)).toEqual({ ok: false, error: serviceError })
  })

  it.each([
    [
      "a success that came with a FunctionError",
      tokenResponse,
      ["x-amz-function-error: Unhandled"],
      "function_failed",
    ],
    [
      "an incomplete error of the service",
      { ...serviceError, request_id: undefined },
      [],
      "answer_unreadable",
    ],
  ] as const)("takes %s for no success (C77)", async (_what, body, head, becomes) => {
    const server = await startServer(sends(200, body, head))
    expect(await lambda(server.url).exchangeCode(code)).toEqual(failure(becomes))
  })
})
