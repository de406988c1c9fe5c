import { once } from "node:events"
import { describe, expect, it } from "vitest"
import {
  cacheAccessTokens,
  cacheTickets,
  type AccessTokenCacheOptions,
  type CallOptions,
  type Result,
  type TicketCacheOptions,
} from "../../../client/cloud.ts"
import { failure, secretError } from "./transports.ts"
import { systemUserResponse, tokenResponse, withoutRefreshToken } from "./values.ts"

const ann = { refresh_token: "refresh-of-ann", sub: "ann@example.com", ctx: "Cust12345" }
const tenant = { tenant: "Cust12345", system_token: "App-abc" }

describe.each([
  {
    what: "an access token",
    issued: "access",
    start: (max?: number) => startAccessTokens(max === undefined ? {} : { maxUsers: max }),
    seconds: 3600,
    request: ann,
    value: {
      token_type: "Bearer",
      access_token: "access-1",
      expires_at: 3600,
      claims: tokenResponse.claims,
    },
    others: [
      { ...ann, refresh_token: "another" },
      { ...ann, sub: "bob@example.com" },
      { ...ann, ctx: "Cust54321" },
    ],
    malformed: [null, {}, { refresh_token: "" }, { refresh_token: 5n }, { ...ann, sub: 5n }],
  },
  {
    what: "a ticket",
    issued: "ticket",
    start: (max?: number) => startTickets(max === undefined ? {} : { maxTenants: max }),
    seconds: 6 * 3600,
    request: tenant,
    value: { token_type: "SOTicket", ticket: "ticket-1", claims: systemUserResponse.claims },
    others: [
      { ...tenant, system_token: "App-xyz" },
      { ...tenant, tenant: "Cust2" },
    ],
    malformed: [null, {}, { tenant: "Cust12345" }, { system_token: "a" }, { ...tenant, tenant: 5n }],
  },
])("$what", ({ issued, start, seconds, request, value, others, malformed }) => {
  it("has its type, its claims and what of its end is known, and no refresh token", async () => {
    expect(await start().get()).toEqual({ ok: true, value })
  })

  it.each([
    [61, 1],
    [60, 2],
  ])(
    "comes from memory until a minute before its end, and then from the service: %i s",
    async (left, then) => {
      const cache = start()
      await cache.text()
      cache.seconds = seconds - left
      expect(await cache.text()).toBe(`${issued}-${then}`)
    },
  )

  it("is asked for once by all who ask at the same time", async () => {
    const cache = start()
    expect(await Promise.all([cache.text(), cache.text()])).toEqual([`${issued}-1`, `${issued}-1`])
    expect(cache.requests).toEqual([request])
  })

  it("counts from the time at which it was asked for, because the answer may have taken long", async () => {
    const cache = start()
    cache.answer = () => {
      cache.seconds += 30
      return cache.issued()
    }
    await cache.text()
    cache.seconds = seconds - 60
    expect(await cache.text()).toBe(`${issued}-2`)
  })

  it("that SuperOffice refused is asked for again, but a newer one is kept", async () => {
    const cache = start()
    const refused = await cache.text()
    for (let round = 0; round < 2; round += 1) {
      cache.invalidate(refused)
      expect(await cache.text()).toBe(`${issued}-2`)
    }
  })

  it("is not handed out for a request that differs in one field", async () => {
    const cache = start()
    await cache.text()
    for (const [index, other] of others.entries()) {
      expect(await cache.text(other)).toBe(`${issued}-${index + 2}`)
    }
    expect(await cache.text()).toBe(`${issued}-1`)
  })

  it("is kept for so many at most, and that goes which was used longest ago", async () => {
    const cache = start(2)
    const [second, third] = others
    for (const [asked, expected] of [
      [request, 1],
      [second, 2],
      [request, 1],
      [third ?? { ...second, system_token: "third" }, 3],
      [request, 1],
      [second, 4],
    ] as const) {
      expect(await cache.text(asked)).toBe(`${issued}-${expected}`)
    }
  })

  it("is the client's own error for all who wait, which is not kept", async () => {
    const cache = start()
    const down = failure("no_answer", { retryable: true })
    cache.answer = () => down
    expect(await Promise.all([cache.get(), cache.get()])).toEqual([down, down])
    cache.answer = () => cache.issued()
    expect(await cache.text()).toBe(`${issued}-2`)
  })

  it.each([
    ["throws", () => Promise.reject(secretError)],
    ["returns nothing", () => undefined],
  ])("is an error, and nothing is thrown, when the client %s", async (_how, answer) => {
    const cache = start()
    cache.answer = answer
    expect(await cache.get()).toEqual(failure("no_answer", { retryable: true }))
  })

  it.each<unknown>(malformed)("is not asked for with %o, which is request_malformed", async (wrong) => {
    const cache = start()
    expect(await cache.get(wrong)).toEqual(failure("request_malformed"))
    expect(cache.requests).toEqual([])
  })

  it.each([0, -1, Number.NaN])("is not kept for %s at most, which is options_invalid", async (max) => {
    expect(await start(max).get()).toEqual(failure("options_invalid"))
  })

  it("is waited for until the caller's signal aborts, and the request goes on for others", async () => {
    const cache = start()
    const controller = new AbortController()
    cache.answer = () => once(controller.signal, "abort").then(() => cache.issued())
    const impatient = cache.get(request, { signal: controller.signal })
    const patient = cache.text()
    controller.abort()
    expect(await impatient).toEqual(failure("cancelled"))
    expect(await patient).toBe(`${issued}-1`)
    expect(cache.requests).toHaveLength(1)
  })

  it.each([
    ["has aborted already", AbortSignal.abort(), "cancelled"],
    ["is none", {}, "options_invalid"],
  ])("is not asked for when the signal %s", async (_what, signal, code) => {
    const cache = start()
    expect(await cache.get(request, { signal })).toEqual(failure(code))
    expect(cache.requests).toEqual([])
  })
})

it("an access token is handed out although its whole lifetime is within the margin, but not from memory", async () => {
  const cache = startAccessTokens()
  cache.answer = () => cache.issued({ expires_in: 30 })
  expect([await cache.text(), await cache.text()]).toEqual(["access-1", "access-2"])
})

it("a ticket is extended each time that it is handed out", async () => {
  const cache = startTickets()
  for (let days = 0; days < 10; days += 1) {
    expect(await cache.text()).toBe("ticket-1")
    cache.seconds += 5 * 3600
  }
  cache.seconds += 3600
  expect(await cache.text()).toBe("ticket-2")
})

describe("a refresh token that replaces another", () => {
  /** A cache whose service replaces the refresh token with every answer. */
  function startRotating(onRefreshToken: (refreshToken: string, claims: object) => Promise<void> | void) {
    const cache = startAccessTokens({ onRefreshToken })
    cache.answer = () => cache.issued({ refresh_token: `refresh-${cache.requests.length}` })
    return cache
  }
  const sentBy = ({ requests }: ReturnType<typeof startAccessTokens>) =>
    requests.map((request) => (request as typeof ann).refresh_token)

  it("is stored, with the claims, before the access token is handed out", async () => {
    const order: unknown[] = []
    const cache = startRotating(async (refreshToken, claims) => {
      await Promise.resolve()
      order.push([refreshToken, claims])
    })
    await Promise.all([1, 2].map(async () => order.push(await cache.text())))
    expect(order).toEqual([["refresh-1", tokenResponse.claims], "access-1", "access-1"])
  })

  it("is not reported if it is the one that was sent, or if there is none in the answer", async () => {
    const stored: string[] = []
    const cache = startRotating((refreshToken) => void stored.push(refreshToken))
    cache.answer = () => cache.issued({ refresh_token: ann.refresh_token })
    cache.invalidate(await cache.text())
    cache.answer = () => cache.issued()
    expect(await cache.text()).toBe("access-2")
    expect(stored).toEqual([])
  })

  it("is sent next, and both the old and the new one lead to the user", async () => {
    const cache = startRotating(() => undefined)
    const first = await cache.text()
    expect(await cache.text({ ...ann, refresh_token: "refresh-1" })).toBe(first)
    cache.invalidate(first)
    expect(await cache.text()).toBe("access-2")
    expect(sentBy(cache)).toEqual(["refresh-of-ann", "refresh-1"])
  })

  it("is kept and stored again by the next call, if storing it failed", async () => {
    const stored: string[] = []
    let isBroken = true
    const cache = startRotating((refreshToken) => {
      if (isBroken) throw secretError
      stored.push(refreshToken)
    })
    for (const result of [await cache.get(), await cache.get()]) {
      expect(result).toEqual(failure("refresh_token_not_stored", { retryable: true }))
      expect(JSON.stringify(result)).not.toContain(secretError.message)
    }
    isBroken = false
    expect(await cache.text()).toBe("access-1")
    expect(stored).toEqual(["refresh-1"])
    expect(cache.requests).toHaveLength(1)
  })

  it("is kept in an outage, and forgotten when SuperOffice refuses it", async () => {
    const cache = startRotating(() => undefined)
    cache.invalidate(await cache.text())
    cache.answer = () => failure("no_answer", { retryable: true })
    expect(await cache.text()).toBe("no_answer")
    cache.answer = () => failure("grant_rejected")
    expect(await cache.text()).toBe("grant_rejected")
    await cache.get()
    expect(sentBy(cache)).toEqual(["refresh-of-ann", "refresh-1", "refresh-1", "refresh-of-ann"])
  })
})

describe("an API token", () => {
  /** A cache that includes API tokens of ten minutes, which functions issue whose clock is an hour ahead. */
  function startWithApiTokens() {
    const cache = startAccessTokens({ include: ["api_token"] })
    cache.answer = () =>
      cache.issued({
        expires_at: cache.seconds + 2 * 3600,
        api_token: `api-${cache.requests.length}`,
        api_token_expires_at: cache.seconds + 3600 + 600,
      })
    return cache
  }
  const first = {
    token_type: "Bearer",
    access_token: "access-1",
    expires_at: 3600,
    claims: tokenResponse.claims,
  }

  it("is asked for and handed out if the cache includes it, with its end by this machine's clock", async () => {
    const cache = startWithApiTokens()
    const value = { ...first, api_token: "api-1", api_token_expires_at: 600 }
    expect(await cache.get()).toEqual({ ok: true, value })
    expect(cache.requests).toEqual([{ ...ann, include: ["api_token"] }])
  })

  it.each([
    [539, "access-1"],
    [540, "access-2"],
  ])(
    "is refreshed a minute before its end, although the access token is good: after %i s",
    async (seconds, then) => {
      const cache = startWithApiTokens()
      await cache.text()
      cache.seconds = seconds
      expect(await cache.text()).toBe(then)
    },
  )

  it("is refreshed when only the access token is near its end", async () => {
    const cache = startAccessTokens({ include: ["api_token"] })
    cache.answer = () => cache.issued({ expires_in: 300, api_token: "api-1", api_token_expires_at: 3900 })
    await cache.text()
    cache.seconds = 240
    expect(await cache.text()).toBe("access-2")
  })

  it("is null for a user that cannot have one, and then the access token alone decides about a refresh", async () => {
    const cache = startAccessTokens({ include: ["api_token"] })
    cache.answer = () => cache.issued({ api_token: null })
    expect(await cache.get()).toEqual({ ok: true, value: { ...first, api_token: null } })
    cache.seconds = 3539
    expect(await cache.text()).toBe("access-1")
    cache.seconds = 3540
    expect(await cache.text()).toBe("access-2")
  })

  it("that the partner's API refused is replaced with its access token", async () => {
    const cache = startWithApiTokens()
    cache.invalidate(await cache.text())
    expect(await cache.get()).toMatchObject({ ok: true, value: { api_token: "api-2" } })
  })

  it("is request_invalid, with nothing kept, where the deployment has none", async () => {
    const cache = startWithApiTokens()
    cache.answer = () => failure("request_invalid")
    expect(await cache.get()).toEqual(failure("request_invalid"))
    expect(await cache.get()).toEqual(failure("request_invalid"))
    expect(cache.requests).toHaveLength(2)
  })
})

/** A client that numbers what it issues, and a clock that a test sets. */
function startService(issue: (count: number) => object) {
  const service = {
    seconds: 0,
    now: () => new Date(service.seconds * 1000),
    requests: [] as unknown[],
    issued: (changes: object = {}): unknown => ({
      ok: true,
      value: { ...issue(service.requests.length), ...changes },
    }),
    /** What a test may replace, also by what no client returns. */
    answer: (): unknown => service.issued(),
    send: async (request: unknown): Promise<never> => {
      service.requests.push(request)
      return (await service.answer()) as never
    },
  }
  return service
}

/** A cache over a service. `text` gives what `read` finds in the value, or the error's code. */
function tested<Request, Value>(
  service: ReturnType<typeof startService>,
  { cache, usual, read }: { cache: Cache<Request, Value>; usual: Request; read: (value: Value) => string },
) {
  const get = (request: unknown = usual, options?: object) => cache.get(request as Request, options)
  const text = async (request?: object) => {
    const result = await get(request)
    return result.ok ? read(result.value) : result.error.code
  }
  const invalidate = cache.invalidate.bind(cache)
  return Object.assign(service, { get, text, invalidate })
}

interface Cache<Request, Value> {
  get(request: Request, options?: CallOptions): Promise<Result<Value>>
  invalidate(issued: string): void
}

/** A cache of access tokens, over a client that numbers them. */
function startAccessTokens(options: AccessTokenCacheOptions = {}) {
  const service = startService((count) => ({ ...withoutRefreshToken, access_token: `access-${count}` }))
  const cache = cacheAccessTokens({ refreshToken: service.send }, { now: service.now, ...options })
  return tested(service, { cache, usual: ann, read: ({ access_token }) => access_token })
}

/** A cache of tickets, likewise. */
function startTickets(options: TicketCacheOptions = {}) {
  const service = startService((count) => ({ ...systemUserResponse, ticket: `ticket-${count}` }))
  const cache = cacheTickets({ authenticateSystemUser: service.send }, { now: service.now, ...options })
  return tested(service, { cache, usual: tenant, read: ({ ticket }) => ticket })
}
