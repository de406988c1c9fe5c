import type { Socket } from "node:net"
import { LambdaClient } from "@aws-sdk/client-lambda"
import { describe, expect, it } from "vitest"
import {
  createClient,
  overHttps,
  overLambda,
  type InvokeCommandLike,
  type LambdaClientLike,
} from "../../client/cloud.ts"
import { closedUrl, http } from "../support/scripted-server.ts"
import { clients, failure, region, sends, startServer } from "./cloud/transports.ts"
import { code, refresh } from "./cloud/values.ts"

const awsError = (name: string) => [`x-amzn-errortype: ${name}`]
const breaksOff = (socket: Socket) =>
  socket.end('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"access_token":')

/** What AWS or a network does, what it becomes, and over which transport alone. */
const troubles: readonly (readonly [string, (socket: Socket) => void, string, string?])[] = [
  [
    "Lambda's throttle",
    sends(429, '{"message":"Rate Exceeded."}', awsError("TooManyRequestsException")),
    "throttled",
    "direct invocation",
  ],
  ["the gateway's throttle", sends(429, '{"message":"Too Many Requests"}'), "throttled", "signed HTTPS"],
  ["a policy that lets nobody in", sends(403, "{}", awsError("AccessDeniedException")), "not_permitted"],
  ["a function that is not there", sends(404, "{}", awsError("ResourceNotFoundException")), "not_found"],
  ["AWS's own failure", sends(503, "{}", awsError("ServiceException")), "gateway_unavailable"],
  [
    "a function that failed",
    sends(200, '{"errorMessage":"Task timed out"}', ["x-amz-function-error: Unhandled"]),
    "function_failed",
    "direct invocation",
  ],
  ["a connection that breaks", (socket) => socket.destroy(), "no_answer"],
  ["an answer that is cut off", breaksOff, "no_answer"],
  ["a page of a proxy", sends(200, "<html>please sign in</html>"), "answer_unreadable"],
  ["a list in place of an object", sends(200, "[]"), "answer_unreadable"],
]

describe.each(Object.entries(clients))("a cloud client over %s", (way, connect) => {
  const mine = troubles.filter(([, , , by = way]) => by === way)
  it.each(mine.map(([what, answer, becomes]) => [what, becomes, answer] as const))(
    "takes %s for %s, and sends a code once (C64)",
    async (_what, becomes, answer) => {
      const server = await startServer(answer)
      const result = await connect(server.url).exchangeCode(code)
      // Whoever is throttled has not spent the code.
      expect(result).toEqual(failure(becomes, { retryable: becomes === "throttled" }))
      expect(server.arrivals).toHaveLength(1)
      expect(JSON.stringify(result)).not.toContain(code.code)
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

  it.each([
    ["AbortController", () => new AbortController()],
    ["AbortSignal.timeout", () => ({ signal: AbortSignal.timeout(200), abort: () => undefined })],
  ])("stops when the caller's signal aborts: %s", async (_kind, make) => {
    const server = await startServer(() => undefined)
    const controller = make()
    const pending = connect(server.url).refreshToken(refresh, { signal: controller.signal })
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
    ["7.5", 60],
    ["2100-01-01T00:00:00Z", 60],
  ])("leaves a wait until %j to the caller, and sends nothing again", async (retryAfter, seconds) => {
    const head = [`retry-after: ${retryAfter}`, ...awsError("TooManyRequestsException")]
    const server = await startServer(sends(429, "{}", head))
    const result = await connect(server.url).refreshToken(refresh)
    expect(result).toEqual(failure("throttled", { retryable: true, retry_after_seconds: seconds }))
    expect(server.arrivals).toHaveLength(1)
  })

  it.each([301, 302, 303, 307, 308])(
    "follows no redirect with status %i, and takes it for no success (C77)",
    async (status) => {
      const other = await startServer(sends(200, "{}"))
      const server = await startServer(sends(status, "{}", [`location: ${other.url}/`]))
      expect(await connect(server.url).refreshToken(refresh)).toEqual(failure("answer_unreadable"))
      expect(other.arrivals).toEqual([])
      expect(server.arrivals).toHaveLength(1)
    },
  )
})

describe("a caller that is not set up", () => {
  it("learns that no function is named for its call", async () => {
    const transport = overLambda({
      client: new LambdaClient({ region }),
      functions: { health: "the-health" },
    })
    expect(await createClient(transport).exchangeCode(code)).toEqual(failure("not_found"))
  })

  it("learns that it has no credentials", async () => {
    const none = () => Promise.reject(new Error("no credentials here"))
    const client = new LambdaClient({ region, credentials: none, endpoint: await closedUrl() })
    for (const transport of [
      overLambda({ client, functions: (name) => name }),
      overHttps({ url: await closedUrl(), region, credentials: none }),
    ]) {
      const result = await createClient(transport).exchangeCode(code)
      expect(result).toMatchObject({ ok: false, error: { retryable: false } })
    }
  })
})

it("overLambda calls a Lambda client that is written by hand", async () => {
  const sent: InvokeCommandLike["input"][] = []
  const client: LambdaClientLike = {
    send: ({ input }) => {
      sent.push(input)
      return Promise.resolve({ Payload: new TextEncoder().encode('{"status":"ok"}') })
    },
  }
  const tokens = createClient(overLambda({ client, functions: { health: "the-health-function" } }))
  expect(await tokens.health()).toEqual({ ok: true, value: { status: "ok" } })
  expect(sent).toMatchObject([{ FunctionName: "the-health-function", Payload: "{}" }])
})
