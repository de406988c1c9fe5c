import { describe, expect, it } from "vitest"
import {
  createClient,
  type CallOptions,
  type Client,
  type ClientOptions,
  type RefreshTokenRequest,
  type TokenRequest,
  type Transport,
} from "../../../client/cloud.ts"
import { clients, failure, sends, startServer } from "./transports.ts"
import { functions, serviceError, tokenResponse } from "./values.ts"

const code = { code: "a-single-use-code", redirect_uri: "https://app.example/callback" }
const refresh = { refresh_token: "a-refresh-token" }

/** A client over a transport that returns anything, and how often it was called. */
function over(call: () => unknown): { readonly client: Client; readonly calls: () => number } {
  let calls = 0
  const transport = {
    call: () => {
      calls += 1
      return call()
    },
  } as unknown as Transport
  return { client: createClient(transport), calls: () => calls }
}

function throws(): never {
  throw new Error("a secret text")
}

describe("transports of the caller's own", () => {
  it.each([undefined, null, 5, {}, { call: "text" }])(
    "a transport of the caller's own that is %j is options_invalid",
    async (transport) => {
      const client = createClient(transport as unknown as Transport)
      for (const { call } of functions) expect(await call(client)).toEqual(failure("options_invalid"))
    },
  )

  it.each([
    ["throws", throws],
    ["rejects", () => Promise.reject(new Error("a secret text"))],
  ])(
    "a transport of the caller's own that %s gives no_answer, and a code is not sent again",
    async (_how, call) => {
      const { client, calls } = over(call)
      const result = await client.exchangeCode(code)
      expect(result).toEqual(failure("no_answer"))
      expect(JSON.stringify(result)).not.toContain("a secret text")
      expect(calls()).toBe(1)
      expect(await client.refreshToken(refresh)).toEqual(failure("no_answer", { retryable: true }))
      expect(calls()).toBe(3)
    },
  )

  it.each([
    undefined,
    null,
    "text",
    [],
    {},
    { failure: "unheard_of", reason: "It is new." },
    { failure: "constructor", reason: "It is no code." },
    { failure: "throttled" },
    { failure: 5, reason: "It is a number." },
    { body: undefined },
    { body: null },
    { body: "text" },
    { body: [] },
    { body: {} },
    { body: 5 },
  ])("a transport of the caller's own that returns %j gives answer_unreadable (C77)", async (returned) => {
    const { client, calls } = over(() => Promise.resolve(returned))
    expect(await client.refreshToken(refresh)).toEqual(failure("answer_unreadable"))
    expect(calls()).toBe(1)
  })

  it("a transport of the caller's own may return its result without a promise", async () => {
    expect(await over(() => ({ body: tokenResponse })).client.exchangeCode(code)).toMatchObject({ ok: true })
  })

  it("a transport of the caller's own that never answers and ignores the signal is given up", async () => {
    const { client } = over(() => new Promise(() => undefined))
    const result = await client.exchangeCode(code, { signal: abortedSoon() })
    expect(result).toEqual(failure("cancelled"))
  })

  it("a transport of the caller's own is not called again if an error asks for a wait that is no number", async () => {
    const body = { ...serviceError, retryable: true, retry_after_seconds: "soon" }
    const { client, calls } = over(() => ({ body }))
    expect(await client.refreshToken(refresh)).toEqual({ ok: false, error: body })
    expect(calls()).toBe(1)
  })
})

describe("the options of a client and of a call", () => {
  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "soon", null])(
    "timeoutMs of %s is options_invalid",
    async (timeoutMs) => {
      const { client, calls } = over(() => ({ body: tokenResponse }))
      const wrong = createClient({ call: () => client as never }, { timeoutMs } as ClientOptions)
      expect(await wrong.exchangeCode(code)).toEqual(failure("options_invalid"))
      expect(calls()).toBe(0)
    },
  )

  it.each(["soon", 5, {}, new EventTarget()])("a signal of %o is options_invalid", async (signal) => {
    const { client, calls } = over(() => ({ body: tokenResponse }))
    expect(await client.exchangeCode(code, { signal } as CallOptions)).toEqual(failure("options_invalid"))
    expect(calls()).toBe(0)
  })

  it.each([undefined, null])("options of %j are none", async (options) => {
    const transport: Transport = { call: () => Promise.resolve({ body: tokenResponse }) }
    const client = createClient(transport, options as unknown as ClientOptions)
    const result = await client.exchangeCode(code, options as unknown as CallOptions)
    expect(result).toEqual({ ok: true, value: tokenResponse })
  })

  it("options that throw when they are read are options_invalid", async () => {
    const { client, calls } = over(() => ({ body: tokenResponse }))
    const options = {
      get signal(): AbortSignal {
        return throws()
      },
    }
    expect(await client.exchangeCode(code, options)).toEqual(failure("options_invalid"))
    expect(calls()).toBe(0)
  })

  it("a signal that has aborted already is cancelled, and nothing is sent", async () => {
    const { client, calls } = over(() => ({ body: tokenResponse }))
    const signal = AbortSignal.abort()
    expect(await client.exchangeCode(code, { signal })).toEqual(failure("cancelled"))
    expect(calls()).toBe(0)
  })

  it("a signal of AbortSignal.timeout is cancelled like any other", async () => {
    const server = await startServer(() => undefined)
    for (const connect of Object.values(clients)) {
      const options = { signal: AbortSignal.timeout(200) }
      expect(await connect(server.url).refreshToken(refresh, options)).toEqual(failure("cancelled"))
    }
  })
})

describe.each(Object.entries(clients))("over %s", (_way, connect) => {
  const cycle: Record<string, unknown> = {}
  cycle.cycle = cycle

  it.each([
    ["holds a BigInt", { refresh_token: 5n }],
    ["holds a cycle", cycle],
    ["has a toJSON that throws", { toJSON: throws }],
    ["has a toJSON that returns a text", { toJSON: () => "text" }],
    ["has a getter that throws", Object.defineProperty({}, "a", { enumerable: true, get: throws })],
    ["is an array", []],
    ["is undefined", undefined],
    ["is null", null],
    ["is a text", "a-refresh-token"],
    ["is a function", throws],
  ])("a request that %s is request_malformed, and nothing is sent", async (_what, request) => {
    const server = await startServer(sends(200, tokenResponse))
    const client = connect(server.url)
    const malformed = failure("request_malformed")
    expect(await client.refreshToken(request as RefreshTokenRequest)).toEqual(malformed)
    expect(await client.token(request as TokenRequest)).toEqual(malformed)
    expect(server.arrivals).toEqual([])
  })
})

it("a grant type that throws when it is read is options_invalid", async () => {
  const request = Object.defineProperty({}, "grant_type", { get: throws })
  const { client } = over(() => ({ body: tokenResponse }))
  expect(await client.token(request as TokenRequest)).toEqual(failure("options_invalid"))
})

function abortedSoon(): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => {
    controller.abort()
  }, 20)
  return controller.signal
}
