import { describe, expect, it, vi } from "vitest"
import { createClient, overHttps, type ClientOptions, type HttpsOptions } from "../../../client/cloud.ts"
import { credentials, failure, region, secretError, sends, startServer, throws } from "./transports.ts"
import { code, refresh, tokenResponse } from "./values.ts"

const url = "https://login.example.com"

/** A client whose options are whatever a program passes. */
function clientOf(options: unknown, ofClient?: ClientOptions) {
  return createClient(overHttps(options as HttpsOptions), ofClient)
}

describe("overHttps", () => {
  it.each(["127.0.0.1", "localhost", "[::1]"])("sends http to this machine as %s (C77)", async (host) => {
    // Nothing listens on port 1, and perhaps the machine has no IPv6.
    const client = clientOf({ url: `http://${host}:1`, region, credentials })
    expect(await client.exchangeCode(code)).toEqual(failure("no_answer"))
  })

  it("sends nothing over http to another host, although it would be reached (C77)", async () => {
    const server = await startServer(sends(200, tokenResponse))
    // Linux connects 0.0.0.0 to this machine.
    const client = clientOf({ url: server.url.replace("127.0.0.1", "0.0.0.0"), region, credentials })
    expect(await client.refreshToken(refresh)).toEqual(failure("options_invalid"))
    expect(server.arrivals).toEqual([])
  })

  it.each([
    "http://login.example.com",
    "http://localhost.example.com",
    "http://login.example.com@localhost",
    "ftp://localhost",
    "login.example.com",
    "localhost:3000",
    "https://:password@login.example.com",
    "https://login.example.com?stage=1",
    "https://login.example.com#top",
    undefined,
    null,
    {},
  ])("refuses the URL %j before a request is signed (C77)", async (wrong) => {
    const provider = vi.fn(() => Promise.resolve(credentials))
    const result = await clientOf({ url: wrong, region, credentials: provider }).refreshToken(refresh)
    expect(result).toEqual(failure("options_invalid"))
    expect(provider).not.toHaveBeenCalled()
  })

  it("takes a URL with a path and a slash at its end", async () => {
    const server = await startServer(sends(200, tokenResponse))
    await clientOf({ url: `${server.url}/stage/`, region, credentials }).refreshToken(refresh)
    expect(server.arrivals[0]).toMatch(/^POST \/stage\/signed\/refresh-token HTTP/)
  })

  it.each([
    ["no options", undefined],
    ["options that are a text", url],
    ["options that throw when they are read", Object.defineProperty({}, "url", { get: throws })],
    ["an empty region", { url, credentials, region: "" }],
    ["a region that is no text", { url, credentials, region: 5 }],
  ])("takes %s for options_invalid", async (_what, options) => {
    expect(await clientOf(options).health()).toEqual(failure("options_invalid"))
  })

  it.each([
    ["are missing", undefined],
    ["lack the secret key", { accessKeyId: "AKIDEXAMPLE" }],
    ["cannot be sent in a header", { ...credentials, sessionToken: "a\nb" }],
    ["come from a callback that rejects", () => Promise.reject(secretError)],
    ["come from a callback that throws", throws],
    ["come from a callback that returns nothing", () => undefined],
  ])("sends nothing when the credentials %s", async (_how, wrong) => {
    const server = await startServer(sends(200, tokenResponse))
    const result = await clientOf({ url: server.url, region, credentials: wrong }).refreshToken(refresh)
    expect(result).toEqual(failure("not_permitted"))
    expect(JSON.stringify(result)).not.toContain(secretError.message)
    expect(server.arrivals).toEqual([])
  })

  it("gives up when the time is up and the credentials have not come", async () => {
    const never = () => new Promise(() => undefined)
    const client = clientOf({ url, region, credentials: never }, { timeoutMs: 50 })
    expect(await client.exchangeCode(code)).toEqual(failure("no_answer"))
  })

  it("counts a date in the gateway's Retry-After from the answer's own Date", async () => {
    const answered = ["date: Wed, 21 Oct 2065 07:26:30 GMT", "retry-after: Wed, 21 Oct 2065 07:28:00 GMT"]
    const server = await startServer(sends(503, {}, answered))
    const result = await clientOf({ url: server.url, region, credentials }).refreshToken(refresh)
    expect(result).toEqual(failure("gateway_unavailable", { retryable: true, retry_after_seconds: 90 }))
    expect(server.arrivals).toHaveLength(1)
  })
})
