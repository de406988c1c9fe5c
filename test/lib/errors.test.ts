import { describe, expect, it } from "vitest"
import type { ErrorCode } from "../../lib/contract.ts"
import { asExchangeError, errorResponse, ExchangeError, requestInvalid, statusOf } from "../../lib/errors.ts"

type Row = readonly [status: number, error: string, retryable: boolean]

/** The contract's table. */
const table: Readonly<Record<ErrorCode, Row>> = {
  request_invalid: [400, "invalid_request", false],
  grant_unsupported: [400, "unsupported_grant_type", false],
  grant_rejected: [400, "invalid_grant", false],
  session_expired: [400, "invalid_grant", false],
  identity_mismatch: [400, "invalid_grant", false],
  origin_not_allowed: [403, "access_denied", false],
  method_not_allowed: [405, "invalid_request", false],
  media_type_unsupported: [415, "invalid_request", false],
  request_too_large: [413, "invalid_request", false],
  system_user_rejected: [400, "invalid_grant", false],
  signing_key_rejected: [502, "server_error", false],
  clock_rejected: [502, "server_error", false],
  tenant_mismatch: [502, "server_error", false],
  client_rejected: [502, "server_error", false],
  id_token_invalid: [502, "server_error", false],
  upstream_invalid: [502, "server_error", false],
  upstream_unavailable: [503, "temporarily_unavailable", true],
  key_set_unavailable: [503, "temporarily_unavailable", true],
  secret_unavailable: [503, "temporarily_unavailable", true],
  upstream_timeout: [504, "temporarily_unavailable", true],
  configuration_invalid: [500, "server_error", false],
  unexpected: [500, "server_error", false],
}
const rows = Object.entries(table) as [ErrorCode, Row][]

it("no answer of the closed list is a redirect (C53)", () => {
  const statuses = rows.map(([code]) => statusOf(code))
  expect(statuses.filter((status) => status < 400)).toEqual([])
})

describe("what the caller is told", () => {
  it.each(rows)("of %s (C57)", (code, [status, error, retryable]) => {
    const { error_description: description, ...rest } = errorResponse(
      new ExchangeError(code, "One sentence."),
      "an-id",
    )
    expect(rest).toEqual({
      error,
      code,
      retryable,
      ...(retryable && { retry_after_seconds: 1 }),
      request_id: "an-id",
    })
    expect(description).toMatch(/^["A-Z].*\.$/)
    expect(statusOf(code)).toBe(status)
  })

  it.each(rows.filter(([code]) => code !== "request_invalid"))(
    "of %s is a fixed sentence, whatever the operator reads",
    (code) => {
      const [one, two] = ["one reason", "another"].map((why) =>
        errorResponse(new ExchangeError(code, why, { cause: new Error(why) }), "an-id"),
      )
      expect(one).toEqual(two)
      expect(JSON.stringify(one)).not.toContain("one reason")
    },
  )

  it("of a broken contract is the sentence that names the field", () => {
    expect(errorResponse(requestInvalid('"code" is required.'), "an-id")).toEqual({
      error: "invalid_request",
      error_description: '"code" is required.',
      code: "request_invalid",
      retryable: false,
      request_id: "an-id",
    })
  })
})

describe("a retry", () => {
  const temporary = rows.filter(([, [, , retryable]]) => retryable).map(([code]) => code)

  it.each(temporary)("after %s waits as long as upstream asked for", (code) => {
    const error = new ExchangeError(code, "down", { retryAfterSeconds: 17 })
    expect(errorResponse(error, "an-id")).toMatchObject({ retryable: true, retry_after_seconds: 17 })
  })

  it.each(temporary)("after %s is not offered once a code may be spent (C07)", (code) => {
    const error = new ExchangeError(code, "down", { retryAfterSeconds: 17 })
    expect(errorResponse(error, "an-id")).toMatchObject({ retryable: true })
    const told = errorResponse(error.asFinal(), "an-id")
    expect(told).toMatchObject({ code, retryable: false })
    expect(told).not.toHaveProperty("retry_after_seconds")
  })

  it("is not offered after a permanent failure, even when upstream names a time", () => {
    const error = new ExchangeError("grant_rejected", "no", { retryAfterSeconds: 17 })
    expect(errorResponse(error, "an-id")).not.toHaveProperty("retry_after_seconds")
  })
})

describe("anything thrown", () => {
  it("keeps the name that it has", () => {
    const error = requestInvalid("No.")
    expect(asExchangeError(error)).toBe(error)
  })

  it.each([[new TypeError("oops")], ["a string"], [undefined], [{ code: "grant_rejected" }]])(
    "is unexpected when it has none, and kept as the cause: %o",
    (thrown) => {
      const error = asExchangeError(thrown)
      expect(error).toBeInstanceOf(ExchangeError)
      expect(error).toMatchObject({ code: "unexpected", mayHaveArrived: true, isFinal: false })
      expect(error.cause).toBe(thrown)
    },
  )
})
