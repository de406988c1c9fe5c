import { describe, expect, it } from "vitest"
import { failure, over } from "./transports.ts"
import { code, functions, refresh, tokenResponse, withoutRefreshToken } from "./values.ts"

it.each(functions)(
  "an answer of $name is a success with the members of one, and no other object is (C77)",
  async ({ success, call }) => {
    expect(await call(over(() => ({ body: success })).client)).toEqual({ ok: true, value: success })
    const other = functions.find((one) => one.success !== success)?.success
    for (const body of [{}, other]) {
      expect(await call(over(() => ({ body })).client)).toEqual(failure("answer_unreadable"))
    }
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

  it.each([
    ["with an API token", { api_token: "an.api.token", api_token_expires_at: 600 }],
    ["for a user that cannot have an API token", { api_token: null }],
  ])("%s is a success, and is handed out as it is (C77)", async (_which, members) => {
    const answer = { ...tokenResponse, ...members }
    const request = { ...refresh, include: ["api_token"] } as const
    const { client } = over(() => ({ body: answer }))
    for (const result of [
      await client.exchangeCode({ ...code, include: ["api_token"] }),
      await client.refreshToken(request),
      await client.token({ grant_type: "refresh_token", ...request }),
    ]) {
      expect(result).toEqual({ ok: true, value: answer })
    }
  })

  it("without a refresh token is a success (C77)", async () => {
    const { client } = over(() => ({ body: withoutRefreshToken }))
    expect(await client.exchangeCode(code)).toEqual({ ok: true, value: withoutRefreshToken })
  })
})
