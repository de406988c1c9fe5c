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
import { clients, region, sends, startServer } from "./cloud/transports.ts"

const code = { code: "a-single-use-code", redirect_uri: "https://app.example/callback" }
const refreshToken = { refresh_token: "a-refresh-token-that-never-expires" }

const awsError = (name: string) => [`x-amzn-errortype: ${name}`]
const waits = (retryAfter: string) =>
  sends(429, "{}", [`retry-after: ${retryAfter}`, ...awsError("TooManyRequestsException")])
const functionError = ["x-amz-function-error: Unhandled"]

/** What AWS or a network does, and what becomes of a code and of a refresh token. */
const troubles: readonly {
  readonly what: string
  readonly by?: string
  readonly answer: (socket: Socket) => void
  readonly error: object
  /** For what may be repeated: how often it was sent, and whether it may be again. */
  readonly repeated: boolean
  readonly codeRetryable?: boolean
}[] = [
  {
    what: "Lambda's throttle",
    by: "direct invocation",
    answer: sends(429, '{"message":"Rate Exceeded."}', awsError("TooManyRequestsException")),
    error: { code: "throttled" },
    repeated: true,
    codeRetryable: true,
  },
  {
    what: "the gateway's throttle",
    by: "signed HTTPS",
    answer: sends(429, '{"message":"Too Many Requests"}'),
    error: { code: "throttled" },
    repeated: true,
    codeRetryable: true,
  },
  {
    what: "a policy that lets nobody in",
    answer: sends(403, '{"message":"Forbidden"}', awsError("AccessDeniedException")),
    error: { code: "not_permitted" },
    repeated: false,
  },
  {
    what: "a function that is not there",
    answer: sends(404, '{"message":"Not Found"}', awsError("ResourceNotFoundException")),
    error: { code: "not_found" },
    repeated: false,
  },
  {
    what: "AWS's own failure",
    answer: sends(503, '{"message":"Service Unavailable"}', awsError("ServiceException")),
    error: { code: "gateway_unavailable" },
    repeated: true,
  },
  {
    what: "a function that failed",
    by: "direct invocation",
    answer: sends(200, '{"errorMessage":"Task timed out after 10.00 seconds"}', functionError),
    error: { code: "function_failed" },
    repeated: true,
  },
  {
    what: "a connection that breaks",
    answer: (socket) => socket.destroy(),
    error: { code: "no_answer" },
    repeated: true,
  },
  {
    what: "an answer that is cut off",
    answer: (socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"access_token":')
    },
    error: { code: "no_answer" },
    repeated: true,
  },
  {
    what: "a page of a proxy",
    answer: sends(200, "<html>please sign in</html>", ["content-type: text/html"]),
    error: { code: "answer_unreadable" },
    repeated: false,
  },
  {
    what: "a list in place of an object",
    answer: sends(200, "[]"),
    error: { code: "answer_unreadable" },
    repeated: false,
  },
  {
    what: "a redirect",
    answer: sends(307, "", ["location: https://elsewhere.example/"]),
    error: { code: "answer_unreadable" },
    repeated: false,
  },
]

describe.each(Object.entries(clients))("over %s", (name, connect) => {
  const mine = troubles.filter(({ by = name }) => by === name)

  it.each(mine)(
    "takes $what for $error.code and sends a code once (C64)",
    async ({ answer, error, codeRetryable = false }) => {
      const server = await startServer(answer)
      const result = await connect(server.url).exchangeCode(code)
      expect(result).toEqual({
        ok: false,
        error: { ...error, error_description: expect.any(String) as string, retryable: codeRetryable },
      })
      expect(server.arrivals).toHaveLength(1)
      expect(JSON.stringify(result)).not.toContain(code.code)
    },
  )

  it.each(mine)(
    "sends a refresh again after $what where that is safe",
    async ({ answer, error, repeated }) => {
      const server = await startServer(answer)
      const result = await connect(server.url).refreshToken(refreshToken)
      expect(result).toMatchObject({ ok: false, error: { ...error, retryable: repeated } })
      expect(server.arrivals).toHaveLength(repeated ? 2 : 1)
      expect(JSON.stringify(result)).not.toContain(refreshToken.refresh_token)
    },
  )

  it("gives the second answer when that is a good one", async () => {
    const good = { status: "ok" }
    const server = await startServer((socket, index) =>
      index === 0 ? socket.destroy() : socket.write(http(200, JSON.stringify(good))),
    )
    expect(await connect(server.url).health()).toEqual({ ok: true, value: good })
  })

  it("says that nobody is there", async () => {
    const result = await connect(await closedUrl()).exchangeCode(code)
    expect(result).toMatchObject({ ok: false, error: { code: "no_answer", retryable: false } })
  })

  it("gives up when its time is up", async () => {
    const server = await startServer(() => undefined)
    // Long enough to load the signer and to connect on a busy machine, so that every attempt arrives.
    const client = connect(server.url, { timeoutMs: 500 })
    expect(await client.exchangeCode(code)).toMatchObject({ ok: false, error: { code: "no_answer" } })
    expect(await client.refreshToken(refreshToken)).toMatchObject({ error: { code: "no_answer" } })
    expect(server.arrivals).toHaveLength(3)
  })

  it("stops when the caller no longer wants it: before, during, and between two attempts", async () => {
    const cancelled = { ok: false, error: { code: "cancelled", retryable: false } }
    const silent = await startServer(() => undefined)
    const client = connect(silent.url)
    expect(await client.refreshToken(refreshToken, { signal: AbortSignal.abort() })).toMatchObject(cancelled)
    expect(silent.arrivals).toHaveLength(0)
    const during = new AbortController()
    const pending = client.refreshToken(refreshToken, { signal: during.signal })
    await expect.poll(() => silent.arrivals.length).toBe(1)
    during.abort()
    expect(await pending).toMatchObject(cancelled)

    const between = new AbortController()
    const broken = await startServer((socket) => {
      socket.destroy()
      setTimeout(() => {
        between.abort()
      }, 50)
    })
    const result = await connect(broken.url).refreshToken(refreshToken, { signal: between.signal })
    expect(result).toMatchObject({ ok: false, error: { code: "no_answer" } })
    expect(broken.arrivals).toHaveLength(1)
  })

  it("waits as long as the answer says, but leaves a long wait to the caller", async () => {
    const soon = await startServer(waits("1"))
    const before = performance.now()
    await connect(soon.url).refreshToken(refreshToken)
    expect(soon.arrivals).toHaveLength(2)
    expect(performance.now() - before).toBeGreaterThan(990)
    const late = await startServer(waits("60"))
    const result = await connect(late.url).refreshToken(refreshToken)
    expect(result).toMatchObject({ ok: false, error: { code: "throttled", retry_after_seconds: 60 } })
    expect(late.arrivals).toHaveLength(1)
  })

  it.each([
    ["Fri, 01 Jan 2100 00:00:00 GMT", 86_400],
    ["Friday, 01-Jan-49 00:00:00 GMT", 86_400],
    ["Fri Jan  1 00:00:00 2100", 86_400],
    ["99999999999999999999", 86_400],
    ["soon", 60],
    ["-7", 60],
    ["7.5", 60],
    ["2100-01-01T00:00:00Z", 60],
  ])("does not send a call again when the answer asks to wait until %j", async (retryAfter, seconds) => {
    const server = await startServer(waits(retryAfter))
    const result = await connect(server.url).refreshToken(refreshToken)
    expect(result).toMatchObject({ ok: false, error: { code: "throttled", retry_after_seconds: seconds } })
    expect(server.arrivals).toHaveLength(1)
  })
})

describe("a caller that is not set up", () => {
  it("learns that no function is named for its call", async () => {
    const client = createClient(
      overLambda({ client: new LambdaClient({ region }), functions: { health: "the-health-function" } }),
    )
    expect(await client.exchangeCode(code)).toMatchObject({ ok: false, error: { code: "not_found" } })
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

it("calls a Lambda client that is written by hand", async () => {
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
