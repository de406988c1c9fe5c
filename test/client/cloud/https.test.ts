import { describe, expect, it } from "vitest"
import { createClient, overHttps, type HttpsOptions } from "../../../client/cloud.ts"
import { credentials, failure, region, sends, startServer } from "./transports.ts"
import { code, refresh, tokenResponse } from "./values.ts"

/** A client whose options are whatever a program passes. */
function clientOf(options: unknown) {
  return createClient(overHttps(options as HttpsOptions))
}

function throws(): never {
  throw new Error("a secret text")
}

describe("overHttps", () => {
  it.each(["127.0.0.1", "localhost"])("sends http to this machine as %s (C77)", async (host) => {
    const server = await startServer(sends(200, tokenResponse))
    const url = server.url.replace("127.0.0.1", host)
    expect(await clientOf({ url, region, credentials }).refreshToken(refresh)).toMatchObject({ ok: true })
  })

  it("sends http to this machine as [::1] (C77)", async () => {
    // Nothing listens on port 1, and perhaps the machine has no IPv6.
    const client = clientOf({ url: "http://[::1]:1", region, credentials })
    expect(await client.exchangeCode(code)).toEqual(failure("no_answer"))
  })

  it("sends nothing over http to another host, although it would be reached (C77)", async () => {
    const server = await startServer(sends(200, tokenResponse))
    // Linux connects 0.0.0.0 to this machine.
    const url = server.url.replace("127.0.0.1", "0.0.0.0")
    expect(await clientOf({ url, region, credentials }).refreshToken(refresh)).toEqual(
      failure("options_invalid"),
    )
    expect(server.arrivals).toEqual([])
  })

  it.each([
    "http://login.example.com",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "http://login.example.com@localhost",
    "ftp://localhost",
    "login.example.com",
    "localhost:3000",
    "//login.example.com",
    "",
    "https://",
    "https://user:password@login.example.com",
    "https://login.example.com?stage=1",
    "https://login.example.com#top",
    undefined,
    null,
    5,
    {},
  ])("refuses the URL %j before a request is signed (C77)", async (url) => {
    let asked = 0
    const provider = () => {
      asked += 1
      return Promise.resolve(credentials)
    }
    const result = await clientOf({ url, region, credentials: provider }).refreshToken(refresh)
    expect(result).toEqual(failure("options_invalid"))
    expect(asked).toBe(0)
  })

  it("takes a URL with a path and a slash at its end", async () => {
    const server = await startServer(sends(200, tokenResponse))
    await clientOf({ url: `${server.url}/stage/`, region, credentials }).refreshToken(refresh)
    expect(server.arrivals[0]).toMatch(/^POST \/stage\/signed\/refresh-token HTTP/)
  })

  const login = "https://login.example.com"

  it.each([
    ["no options", undefined],
    ["options that are null", null],
    ["options that are a text", login],
    ["options that throw when they are read", Object.defineProperty({}, "url", { get: throws })],
    ["no region", { url: login, credentials }],
    ["an empty region", { url: login, credentials, region: "" }],
    ["a region that is no text", { url: login, credentials, region: 5 }],
  ])("takes %s for options_invalid", async (_what, options) => {
    expect(await clientOf(options).health()).toEqual(failure("options_invalid"))
  })

  it.each([
    ["are missing", undefined],
    ["are null", null],
    ["are a text", "AKIDEXAMPLE"],
    ["are empty", {}],
    ["lack the secret key", { accessKeyId: "AKIDEXAMPLE" }],
    ["cannot be sent in a header", { ...credentials, sessionToken: "a\nb" }],
    ["come from a callback that rejects", () => Promise.reject(new Error("a secret text"))],
    ["come from a callback that throws", throws],
    ["come from a callback that returns nothing", () => undefined],
  ])("sends nothing when the credentials %s", async (_how, wrong) => {
    const server = await startServer(sends(200, tokenResponse))
    const result = await clientOf({ url: server.url, region, credentials: wrong }).refreshToken(refresh)
    expect(result).toEqual(failure("not_permitted"))
    expect(JSON.stringify(result)).not.toContain("a secret text")
    expect(server.arrivals).toEqual([])
  })

  it("gives up when the time is up and the credentials have not come", async () => {
    const never = () => new Promise<never>(() => undefined)
    const client = createClient(overHttps({ url: login, region, credentials: never }), { timeoutMs: 50 })
    expect(await client.exchangeCode(code)).toEqual(failure("no_answer"))
  })
})

it("overHttps counts a date in the gateway's Retry-After from the answer's own Date", async () => {
  const answered = ["date: Wed, 21 Oct 2065 07:26:30 GMT", "retry-after: Wed, 21 Oct 2065 07:28:00 GMT"]
  const server = await startServer(sends(503, {}, answered))
  const result = await clientOf({ url: server.url, region, credentials }).refreshToken(refresh)
  expect(result).toEqual(failure("gateway_unavailable", { retryable: true, retry_after_seconds: 90 }))
  expect(server.arrivals).toHaveLength(1)
})
