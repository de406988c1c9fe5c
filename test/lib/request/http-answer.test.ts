import { describe, expect, it } from "vitest"
import { errorResponse, ExchangeError } from "../../../lib/errors.ts"
import { httpError, httpPreflight, httpSuccess } from "../../../lib/request/http-answer.ts"

const origin = "https://app.example.com"
const always = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  vary: "Origin",
  "x-content-type-options": "nosniff",
}
const json = { ...always, "content-type": "application/json; charset=utf-8" }
const cors = { "access-control-allow-origin": origin, "access-control-allow-credentials": "true" }

function errorOf(...how: ConstructorParameters<typeof ExchangeError>) {
  return errorResponse(new ExchangeError(...how), "an-id")
}

describe("the HTTP answer", () => {
  it("to a success is JSON that nobody stores (C52)", () => {
    const body = '{"a":"æ"}'
    expect(httpSuccess({ a: "æ" }, undefined)).toEqual({ statusCode: 200, headers: json, body })
  })

  it("names the listed page that it is for, and never a wildcard (C48, C49)", () => {
    expect(httpSuccess({}, origin)).toEqual({ statusCode: 200, headers: { ...json, ...cors }, body: "{}" })
    expect(httpError(errorOf("grant_rejected", "no"), origin).headers).toEqual({ ...json, ...cors })
  })

  it.each([
    ["origin_not_allowed", 403, {}],
    ["method_not_allowed", 405, { allow: "POST, OPTIONS" }],
    ["upstream_unavailable", 503, { "retry-after": "1" }],
  ] as const)("to %s has status %d and the headers of a success (C48, C52)", (code, statusCode, headers) => {
    const error = errorOf(code, "no")
    const body = JSON.stringify(error)
    expect(httpError(error, undefined)).toEqual({ statusCode, headers: { ...json, ...headers }, body })
  })

  it.each([
    ["as long as upstream asked for", "17", { retryAfterSeconds: 17 }],
    ["for nothing when that cannot help", undefined, { retryAfterSeconds: 17, isFinal: true }],
  ])("to an outage lets the caller wait %s", (_time, wait, options) => {
    const { headers } = httpError(errorOf("upstream_timeout", "late", options), undefined)
    expect(headers["retry-after"]).toBe(wait)
  })

  it("to a preflight lets the listed page POST, and no more (C49, C50)", () => {
    expect(httpPreflight(origin)).toEqual({
      statusCode: 204,
      headers: {
        ...always,
        ...cors,
        "access-control-allow-headers": "content-type, x-csrf",
        "access-control-allow-methods": "POST",
        "access-control-max-age": "7200",
      },
    })
  })
})
