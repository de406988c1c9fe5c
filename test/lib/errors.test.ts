import { describe, expect, it } from "vitest"
import type { ErrorCode } from "../../lib/contract.ts"
import { asExchangeError, errorResponse, ExchangeError, requestInvalid, statusOf } from "../../lib/errors.ts"

/** The contract's table. */
const table: Readonly<Record<ErrorCode, readonly [status: number, error: string]>> = {
  request_invalid: [400, "invalid_request"],
  grant_unsupported: [400, "unsupported_grant_type"],
  grant_rejected: [400, "invalid_grant"],
  session_expired: [400, "invalid_grant"],
  identity_mismatch: [400, "invalid_grant"],
  origin_not_allowed: [403, "access_denied"],
  method_not_allowed: [405, "invalid_request"],
  media_type_unsupported: [415, "invalid_request"],
  request_too_large: [413, "invalid_request"],
  system_user_rejected: [400, "invalid_grant"],
  signing_key_rejected: [502, "server_error"],
  clock_rejected: [502, "server_error"],
  tenant_mismatch: [502, "server_error"],
  client_rejected: [502, "server_error"],
  id_token_invalid: [502, "server_error"],
  upstream_invalid: [502, "server_error"],
  upstream_unavailable: [503, "temporarily_unavailable"],
  key_set_unavailable: [503, "temporarily_unavailable"],
  secret_unavailable: [503, "temporarily_unavailable"],
  upstream_timeout: [504, "temporarily_unavailable"],
  configuration_invalid: [500, "server_error"],
  unexpected: [500, "server_error"],
}
const rows = Object.entries(table).map(([code, [status, error]]) => ({
  code: code as ErrorCode,
  status,
  error,
  retryable: error === "temporarily_unavailable",
}))
const temporary = rows.filter(({ retryable }) => retryable)

describe("the error", () => {
  it("is never answered as a redirect or a success (C53)", () => {
    expect(rows.map(({ code }) => statusOf(code)).filter((status) => status < 400)).toEqual([])
  })

  it.each(rows)("$code is $status $error, a fixed sentence (C57)", ({ code, status, error, retryable }) => {
    const [one, two] = ["one reason", "another"].map((why) =>
      errorResponse(new ExchangeError(code, why, { cause: new Error(why) }), "an-id"),
    )
    expect(one).toEqual({
      error,
      error_description: expect.stringMatching(/^["A-Z].*\.$/) as string,
      code,
      retryable,
      ...(retryable && { retry_after_seconds: 1 }),
      request_id: "an-id",
    })
    expect(one).toEqual(two)
    expect(statusOf(code)).toBe(status)
  })

  it("request_invalid has the sentence that names the field", () => {
    const answer = errorResponse(requestInvalid('"code" is required.'), "an-id")
    expect(answer).toHaveProperty("error_description", '"code" is required.')
  })

  it.each(temporary)("$code says to wait for as long as SuperOffice asked", ({ code }) => {
    const error = new ExchangeError(code, "down", { retryAfterSeconds: 17 })
    expect(errorResponse(error, "an-id")).toMatchObject({ retryable: true, retry_after_seconds: 17 })
  })

  it.each(temporary)("$code offers no retry once a code may be spent (C07)", ({ code }) => {
    const error = new ExchangeError(code, "down", { retryAfterSeconds: 17 })
    const answer = errorResponse(error.asFinal(), "an-id")
    expect(answer).toMatchObject({ code, retryable: false })
    expect(answer).not.toHaveProperty("retry_after_seconds")
  })

  it("that is permanent says nothing of waiting, even when SuperOffice did", () => {
    const error = new ExchangeError("grant_rejected", "no", { retryAfterSeconds: 17 })
    expect(errorResponse(error, "an-id")).not.toHaveProperty("retry_after_seconds")
  })
})

describe("asExchangeError", () => {
  it("leaves an error of the contract as it is", () => {
    const error = requestInvalid("No.")
    expect(asExchangeError(error)).toBe(error)
  })

  it.each([[new TypeError("oops")], ["a string"], [undefined], [{ code: "grant_rejected" }]])(
    "makes anything else unexpected, and keeps it as the cause: %o",
    (thrown) => {
      const error = asExchangeError(thrown)
      expect(error).toBeInstanceOf(ExchangeError)
      expect(error).toMatchObject({ code: "unexpected", mayHaveArrived: true, isFinal: false })
      expect(error.cause).toBe(thrown)
    },
  )
})
