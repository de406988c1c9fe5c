import { describe, expect, it } from "vitest"
import { clients, failure, sends, startServer } from "./transports.ts"
import { functions, serviceError, tokenResponse, withoutRefreshToken } from "./values.ts"

const { "direct invocation": lambda, "signed HTTPS": https } = clients

describe.each(Object.entries(clients))("over %s", (_way, connect) => {
  describe.each(functions)("the answer of $name", ({ name, success, call }) => {
    it(`a client takes an answer of ${name} for a success if it has the members of one (C77)`, async () => {
      const server = await startServer(sends(200, success))
      expect(await call(connect(server.url))).toEqual({ ok: true, value: success })
    })

    it(`a client takes an empty object for no success of ${name} (C77)`, async () => {
      const server = await startServer(sends(200, {}))
      expect(await call(connect(server.url))).toEqual(failure("answer_unreadable"))
    })

    it(`a client takes the success of another function for no success of ${name} (C77)`, async () => {
      const other = functions.find((one) => one.success !== success)
      const server = await startServer(sends(200, other?.success ?? {}))
      expect(await call(connect(server.url))).toEqual(failure("answer_unreadable"))
    })
  })

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
  ])("a token response whose %s is %j is no success (C77)", async (member, value) => {
    const server = await startServer(sends(200, { ...tokenResponse, [member]: value }))
    const result = await connect(server.url).refreshToken({ refresh_token: "a-refresh-token" })
    expect(result).toEqual(failure("answer_unreadable"))
    expect(server.arrivals).toHaveLength(1)
  })

  it("a token response without a refresh token is a success (C77)", async () => {
    const server = await startServer(sends(200, withoutRefreshToken))
    const result = await connect(server.url).exchangeCode({ code: "c", redirect_uri: "https://app.example/" })
    expect(result).toEqual({ ok: true, value: withoutRefreshToken })
  })

  it.each([301, 302, 303, 307, 308])(
    "a client follows no redirect with status %i, and takes it for no success (C77)",
    async (status) => {
      const other = await startServer(sends(200, tokenResponse))
      const head = [`location: ${other.url}/`, "content-type: application/json"]
      const server = await startServer(sends(status, tokenResponse, head))
      const result = await connect(server.url).refreshToken({ refresh_token: "a-refresh-token" })
      expect(result).toEqual(failure("answer_unreadable"))
      expect(other.arrivals).toEqual([])
      expect(server.arrivals).toHaveLength(1)
    },
  )
})

describe("over signed HTTPS", () => {
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
  ] as const)("status %i with %j is %s, never a success (C77)", async (status, body, code) => {
    const server = await startServer(sends(status, body))
    expect(await https(server.url).refreshToken({ refresh_token: "r" })).toEqual(failure(code))
  })

  it.each([400, 401, 403, 429, 500, 503])(
    "an error of the service with status %i is taken as it is (C77)",
    async (status) => {
      const server = await startServer(sends(status, serviceError))
      const result = await https(server.url).refreshToken({ refresh_token: "r" })
      expect(result).toEqual({ ok: false, error: serviceError })
    },
  )
})

describe("over direct invocation", () => {
  it("an error of the service is taken as it is (C77)", async () => {
    const server = await startServer(sends(200, serviceError))
    const result = await lambda(server.url).refreshToken({ refresh_token: "r" })
    expect(result).toEqual({ ok: false, error: serviceError })
  })

  it("a success that came with a FunctionError is no success (C77)", async () => {
    const server = await startServer(sends(200, tokenResponse, ["x-amz-function-error: Unhandled"]))
    const result = await lambda(server.url).exchangeCode({ code: "c", redirect_uri: "https://app.example/" })
    expect(result).toEqual(failure("function_failed"))
  })

  it("an incomplete error of the service is no answer of the function (C77)", async () => {
    const server = await startServer(sends(200, { ...serviceError, request_id: undefined }))
    const result = await lambda(server.url).refreshToken({ refresh_token: "r" })
    expect(result).toEqual(failure("answer_unreadable"))
  })
})
