import type { Socket } from "node:net"
import { describe, expect, it } from "vitest"
import type { RefreshTokenRequest, TokenRequest } from "../../../client/cloud.ts"
import { closedUrl, http } from "../../support/scripted-server.ts"
import { clients, failure, sends, startServer, throws } from "./transports.ts"
import { code, refresh, serviceError, tokenResponse } from "./values.ts"

const awsError = (name: string) => [`x-amzn-errortype: ${name}`]
const lambdaThrottle = awsError("TooManyRequestsException")
const breaksOff = (socket: Socket) =>
  socket.end('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"access_token":')

/** What AWS or a network does, and what it becomes. */
const common = [
  ["a policy that lets nobody in", "not_permitted", sends(403, "{}", awsError("AccessDeniedException"))],
  ["what is not there", "not_found", sends(404, "{}", awsError("ResourceNotFoundException"))],
  ["AWS's own failure", "gateway_unavailable", sends(503, "{}", awsError("ServiceException"))],
  ["a connection that breaks", "no_answer", (socket: Socket) => socket.destroy()],
  ["an answer that is cut off", "no_answer", breaksOff],
  ["a page of a proxy", "answer_unreadable", sends(200, "<html>please sign in</html>")],
  ["a list in place of an object", "answer_unreadable", sends(200, "[]")],
] as const

const incomplete = { ...serviceError, request_id: undefined }
const failed = ["x-amz-function-error: Unhandled"]
const own = {
  "direct invocation": [
    ["Lambda's throttle", "throttled", sends(429, '{"message":"Rate Exceeded."}', lambdaThrottle)],
    ["a function that failed", "function_failed", sends(200, '{"errorMessage":"Timed out"}', failed)],
    ["a success that came with a FunctionError", "function_failed", sends(200, tokenResponse, failed)],
    ["an incomplete error of the service", "answer_unreadable", sends(200, incomplete)],
  ],
  "signed HTTPS": [
    ["the gateway's throttle", "throttled", sends(429, '{"message":"Too Many Requests"}')],
    ["a success with status 400", "answer_unreadable", sends(400, tokenResponse)],
    ["a success with status 401", "not_permitted", sends(401, tokenResponse)],
    ["a list of errors", "not_permitted", sends(403, [serviceError])],
    ["an error without a request", "not_found", sends(404, incomplete)],
    ["an error that is retryable in words", "not_found", sends(404, { ...serviceError, retryable: "no" })],
    ["an error without a name", "not_found", sends(404, { ...serviceError, error: undefined })],
    ["an error whose code is a number", "not_found", sends(404, { ...serviceError, code: 7 })],
    ["an error with status 307", "answer_unreadable", sends(307, serviceError)],
    ["an error with status 200", "answer_unreadable", sends(200, serviceError)],
  ],
} as const

const ways = ["direct invocation", "signed HTTPS"] as const

describe.each(ways)("a cloud client over %s", (way) => {
  const connect = clients[way]

  it.each([...common, ...own[way]])(
    "takes %s for %s, never for a success, and sends a code once (C64, C77)",
    async (_what, becomes, answer) => {
      const server = await startServer(answer)
      const result = await connect(server.url).exchangeCode(code)
      // Whoever is throttled has not spent the code.
      expect(result).toEqual(failure(becomes, { retryable: becomes === "throttled" }))
      expect(server.arrivals).toHaveLength(1)
      expect(JSON.stringify(result)).not.toContain(code.code)
    },
  )

  it.each(way === "direct invocation" ? [200] : [400, 429, 500, 503])(
    "takes an error of the service with status %i as it is (C77)",
    async (status) => {
      const server = await startServer(sends(status, serviceError))
      expect(await connect(server.url).refreshToken(refresh)).toEqual({ ok: false, error: serviceError })
    },
  )

  it("sends a refresh again after a broken connection, and gives the second answer", async () => {
    const server = await startServer((socket, index) =>
      index === 0 ? socket.destroy() : socket.write(http(200, '{"status":"ok"}')),
    )
    expect(await connect(server.url).health()).toEqual({ ok: true, value: { status: "ok" } })
  })

  it("says that nobody is there", async () => {
    expect(await connect(await closedUrl()).exchangeCode(code)).toEqual(failure("no_answer"))
  })

  it("gives up when its time is up", async () => {
    const server = await startServer(() => undefined)
    // Long enough to load the signer and to connect on a busy machine, so that the request arrives.
    expect(await connect(server.url, { timeoutMs: 500 }).exchangeCode(code)).toEqual(failure("no_answer"))
    expect(server.arrivals).toHaveLength(1)
  })

  it("stops when the caller's signal aborts", async () => {
    const server = await startServer(() => undefined)
    const controller = new AbortController()
    const pending = connect(server.url).refreshToken(refresh, controller)
    await expect.poll(() => server.arrivals.length).toBe(1)
    controller.abort()
    expect(await pending).toEqual(failure("cancelled"))
  })

  it.each([
    ["6", 6],
    ["Fri, 01 Jan 2100 00:00:00 GMT", 86_400],
    ["Friday, 01-Jan-49 00:00:00 GMT", 86_400],
    ["Fri Jan  1 00:00:00 2100", 86_400],
    ["99999999999999999999", 86_400],
    ["soon", 60],
    ["-7", 60],
    ["2100-01-01T00:00:00Z", 60],
  ])("leaves a wait until %j to the caller, and sends nothing again", async (retryAfter, seconds) => {
    const server = await startServer(sends(429, "{}", [`retry-after: ${retryAfter}`, ...lambdaThrottle]))
    const result = await connect(server.url).refreshToken(refresh)
    expect(result).toEqual(failure("throttled", { retryable: true, retry_after_seconds: seconds }))
    expect(server.arrivals).toHaveLength(1)
  })

  it.each([302, 308])(
    "follows no redirect with status %i, and takes it for no success (C77)",
    async (status) => {
      const other = await startServer(sends(200, "{}"))
      const server = await startServer(sends(status, "{}", [`location: ${other.url}/`]))
      expect(await connect(server.url).refreshToken(refresh)).toEqual(failure("answer_unreadable"))
      expect([other.arrivals.length, server.arrivals.length]).toEqual([0, 1])
    },
  )

  it.each([
    ["holds a BigInt", { refresh_token: 5n }],
    ["has a toJSON that returns a text", { toJSON: () => "text" }],
    ["has a getter that throws", Object.defineProperty({}, "a", { enumerable: true, get: throws })],
    ["is an array", []],
    ["is undefined", undefined],
  ])("sends no request that %s, which is request_malformed", async (_what, request) => {
    const server = await startServer(sends(200, tokenResponse))
    const client = connect(server.url)
    const malformed = failure("request_malformed")
    expect(await client.refreshToken(request as RefreshTokenRequest)).toEqual(malformed)
    expect(await client.token(request as TokenRequest)).toEqual(malformed)
    expect(server.arrivals).toEqual([])
  })
})
