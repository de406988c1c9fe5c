import { describe, expect, it } from "vitest"
import { httpError, httpPreflight, httpSuccess } from "../../../lib/request/http-answer.ts"
import { errorResponse, ExchangeError } from "../../../lib/errors.ts"

const origin = "https://app.example.com"
const always = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  vary: "Origin",
  "x-content-type-options": "nosniff",
}
const json = { "content-type": "application/json; charset=utf-8" }
const cors = { "access-control-allow-origin": origin, "access-control-allow-credentials": "true" }

function failed(...how: ConstructorParameters<typeof ExchangeError>) {
  return errorResponse(new ExchangeError(...how), "an-id")
}

describe("a success", () => {
  it("is JSON that nobody stores (C52)", () => {
    expect(httpSuccess({ a: "æ" }, undefined)).toEqual({
      statusCode: 200,
      headers: { ...always, ...json },
      body: '{"a":"æ"}',
    })
  })

  it("names the listed page that it is for, and never a wildcard (C48, C49)", () => {
    expect(httpSuccess({}, origin)).toEqual({
      statusCode: 200,
      headers: { ...always, ...json, ...cors },
      body: "{}",
    })
  })
})

describe("an error", () => {
  it("carries the same headers as a success (C52)", () => {
    const body = failed("grant_rejected", "no")
    expect(httpError(body, origin)).toEqual({
      statusCode: 400,
      headers: { ...always, ...json, ...cors },
      body: JSON.stringify(body),
    })
  })

  it("names no page that is not listed (C48)", () => {
    expect(httpError(failed("origin_not_allowed", "no"), undefined)).toMatchObject({
      statusCode: 403,
      headers: { ...always, ...json },
    })
    expect(httpError(failed("origin_not_allowed", "no"), undefined).headers).not.toHaveProperty(
      "access-control-allow-origin",
    )
  })

  it("lists the methods with a 405, and only then", () => {
    expect(httpError(failed("method_not_allowed", "no"), undefined).headers).toEqual({
      ...always,
      ...json,
      allow: "POST, OPTIONS",
    })
    expect(httpError(failed("request_invalid", "no"), undefined).headers).not.toHaveProperty("allow")
  })

  it.each([
    [undefined, "1"],
    [17, "17"],
  ])("says when to come back if that may help: upstream said %s", (retryAfterSeconds, header) => {
    const body = failed("upstream_unavailable", "down", { retryAfterSeconds })
    expect(httpError(body, undefined)).toEqual({
      statusCode: 503,
      headers: { ...always, ...json, "retry-after": header },
      body: JSON.stringify(body),
    })
  })

  it("does not say when to come back if that cannot help", () => {
    const error = new ExchangeError("upstream_timeout", "late").asFinal()
    const { statusCode, headers } = httpError(errorResponse(error, "an-id"), undefined)
    expect(statusCode).toBe(504)
    expect(headers).not.toHaveProperty("retry-after")
  })
})

describe("a preflight's answer", () => {
  it("lets the listed page POST, and no more (C49, C50)", () => {
    expect(httpPreflight(origin)).toEqual({
      statusCode: 204,
      headers: {
        ...always,
        ...cors,
        "access-control-allow-headers": "content-type, x-csrf",
        "access-control-allow-methods": "POST",
        "access-control-max-age": "600",
      },
    })
  })
})
