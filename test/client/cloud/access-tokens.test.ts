import { describe, expect, it } from "vitest"
import {
  cacheAccessTokens,
  type AccessTokenCacheOptions,
  type AccessTokenRequest,
  type CallOptions,
  type Client,
  type RefreshTokenRequest,
  type Result,
  type TokenResponse,
} from "../../../client/cloud.ts"
import { failure, gate } from "./transports.ts"
import { serviceError, tokenResponse, withoutRefreshToken } from "./values.ts"

const start = Date.parse("2030-01-01T00:00:00Z")
const ann: AccessTokenRequest = { refresh_token: "refresh-of-ann", sub: "ann@example.com", ctx: "Cust12345" }
const refused: Result<TokenResponse> = {
  ok: false,
  error: { ...serviceError, code: "grant_rejected" },
}
const down: Result<TokenResponse> = {
  ok: false,
  error: { code: "no_answer", error_description: "The connection failed.", retryable: true },
}

/** A cache over a service that numbers its access tokens, with a clock that a test sets. */
function startCache(options: AccessTokenCacheOptions = {}) {
  const requests: RefreshTokenRequest[] = []
  const control = {
    seconds: 0,
    requests,
    answer: (): Promise<Result<TokenResponse>> => Promise.resolve(issued()),
    issued,
  }
  function issued(changes: Partial<TokenResponse> = {}): Result<TokenResponse> {
    const access_token = `access-${requests.length}`
    return { ok: true, value: { ...withoutRefreshToken, access_token, ...changes } }
  }
  const client: Pick<Client, "refreshToken"> = {
    refreshToken: (request) => {
      requests.push(request)
      return control.answer()
    },
  }
  const now = () => new Date(start + control.seconds * 1000)
  return Object.assign(control, { cache: cacheAccessTokens(client, { now, ...options }) })
}

type Started = ReturnType<typeof startCache>

async function tokenOf({ cache }: Started, request: AccessTokenRequest = ann): Promise<string> {
  const result = await cache.get(request)
  if (!result.ok) throw new Error(result.error.code)
  return result.value.access_token
}

describe("access tokens", () => {
  it("an access token has its type, its claims and its end by this machine's clock, and no refresh token", async () => {
    const { cache, requests } = startCache()
    const { token_type, claims } = tokenResponse
    const expires_at = start / 1000 + 3600
    const value = { token_type, access_token: "access-1", expires_at, claims }
    expect(await cache.get(ann)).toEqual({ ok: true, value })
    expect(requests).toEqual([ann])
  })

  it("an access token comes from memory until a minute before its end, and then from the service", async () => {
    const started = startCache()
    expect(await tokenOf(started)).toBe("access-1")
    started.seconds = 3600 - 61
    expect(await tokenOf(started)).toBe("access-1")
    started.seconds = 3600 - 60
    expect(await tokenOf(started)).toBe("access-2")
    expect(await tokenOf(started)).toBe("access-2")
  })

  it("an access token ends by the time at which it was asked for, because the answer may have taken long", async () => {
    const started = startCache()
    started.answer = () => {
      started.seconds += 30
      return Promise.resolve(started.issued())
    }
    await tokenOf(started)
    started.seconds = 3600 - 60
    expect(await tokenOf(started)).toBe("access-2")
  })

  it("an access token is handed out although its whole lifetime is within the margin, but not from memory", async () => {
    const started = startCache()
    started.answer = () => Promise.resolve(started.issued({ expires_in: 30 }))
    expect(await tokenOf(started)).toBe("access-1")
    expect(await tokenOf(started)).toBe("access-2")
  })

  it("an access token is asked for once by all who ask at the same time", async () => {
    const started = startCache()
    const all = await Promise.all([tokenOf(started), tokenOf(started), tokenOf(started)])
    expect(all).toEqual(["access-1", "access-1", "access-1"])
    expect(started.requests).toHaveLength(1)
  })

  it("an access token that SuperOffice refused is asked for again, but a newer one is kept", async () => {
    const started = startCache()
    const first = await tokenOf(started)
    started.cache.invalidate(first)
    expect(await tokenOf(started)).toBe("access-2")
    started.cache.invalidate(first)
    expect(await tokenOf(started)).toBe("access-2")
  })

  it.each([
    ["another refresh token", { refresh_token: "refresh-of-bob" }],
    ["another user", { sub: "bob@example.com" }],
    ["another tenant", { ctx: "Cust54321" }],
  ])("an access token is not handed out for %s", async (_what, change) => {
    const started = startCache()
    await tokenOf(started)
    expect(await tokenOf(started, { ...ann, ...change })).toBe("access-2")
    expect(await tokenOf(started)).toBe("access-1")
  })
})

describe("errors", () => {
  it("an error is the client's own, for all who wait, and the next call asks again", async () => {
    const started = startCache()
    started.answer = () => Promise.resolve(down)
    expect(await Promise.all([started.cache.get(ann), started.cache.get(ann)])).toEqual([down, down])
    started.answer = () => Promise.resolve(started.issued())
    expect(await tokenOf(started)).toBe("access-2")
  })

  it.each([
    ["throws", () => Promise.reject(new Error("a secret text"))],
    ["returns nothing", () => Promise.resolve(undefined as unknown as Result<TokenResponse>)],
  ])("an error is a result, too, if the client %s", async (_how, answer) => {
    const started = startCache()
    started.answer = answer
    expect(await started.cache.get(ann)).toEqual(failure("no_answer", { retryable: true }))
  })

  it.each([undefined, null, {}, { refresh_token: "" }, { refresh_token: 5n }, { ...ann, sub: 5n }])(
    "an error is request_malformed for the request %o",
    async (request) => {
      const { cache, requests } = startCache()
      expect(await cache.get(request as AccessTokenRequest)).toEqual(failure("request_malformed"))
      expect(requests).toEqual([])
    },
  )

  it.each([0, -1, Number.NaN])("an error is options_invalid with %s users at most", async (maxUsers) => {
    expect(await startCache({ maxUsers }).cache.get(ann)).toEqual(failure("options_invalid"))
  })
})

describe("signals", () => {
  it("a signal ends the wait of one caller, and not the request that others wait for", async () => {
    const started = startCache()
    const { promise, open } = gate<Result<TokenResponse>>()
    started.answer = () => promise
    const controller = new AbortController()
    const impatient = started.cache.get(ann, { signal: controller.signal })
    const patient = started.cache.get(ann)
    controller.abort()
    expect(await impatient).toEqual(failure("cancelled"))
    open(started.issued())
    expect(await patient).toMatchObject({ ok: true, value: { access_token: "access-1" } })
    expect(started.requests).toHaveLength(1)
  })

  it("a signal that has aborted already sends nothing", async () => {
    const { cache, requests } = startCache()
    expect(await cache.get(ann, { signal: AbortSignal.abort() })).toEqual(failure("cancelled"))
    expect(requests).toEqual([])
  })

  it("a signal that is none is options_invalid", async () => {
    const { cache } = startCache()
    expect(await cache.get(ann, { signal: {} } as CallOptions)).toEqual(failure("options_invalid"))
  })
})

describe("refresh tokens that replace others", () => {
  /** A cache whose service replaces the refresh token with every answer. */
  function startRotating(store: (refreshToken: string) => Promise<void> | void) {
    const started = startCache({ onRefreshToken: store })
    started.answer = () =>
      Promise.resolve(started.issued({ refresh_token: `refresh-${started.requests.length}` }))
    return started
  }

  it("a refresh token that replaces another is stored, with the claims, before the access token is handed out", async () => {
    const order: unknown[] = []
    const started = startCache({
      onRefreshToken: async (refreshToken, claims) => {
        await Promise.resolve()
        order.push([refreshToken, claims])
      },
    })
    started.answer = () => Promise.resolve(started.issued({ refresh_token: "refresh-1" }))
    const both = [tokenOf(started), tokenOf(started)].map((token) => token.then((text) => order.push(text)))
    await Promise.all(both)
    expect(order).toEqual([["refresh-1", tokenResponse.claims], "access-1", "access-1"])
  })

  it("a refresh token that replaces another is not reported if it is the one that was sent, or if there is none in the answer", async () => {
    const stored: string[] = []
    const started = startCache({ onRefreshToken: (refreshToken) => void stored.push(refreshToken) })
    const same = { refresh_token: ann.refresh_token }
    started.answer = () => Promise.resolve(started.issued(same))
    started.cache.invalidate(await tokenOf(started))
    started.answer = () => Promise.resolve(started.issued())
    expect(await tokenOf(started)).toBe("access-2")
    expect(stored).toEqual([])
  })

  it("a refresh token that replaces another is sent next, and both the old and the new one lead to the user", async () => {
    const started = startRotating(() => undefined)
    const first = await tokenOf(started)
    expect(await tokenOf(started, { ...ann, refresh_token: "refresh-1" })).toBe(first)
    started.cache.invalidate(first)
    expect(await tokenOf(started)).toBe("access-2")
    expect(started.requests.map(({ refresh_token }) => refresh_token)).toEqual([
      "refresh-of-ann",
      "refresh-1",
    ])
  })

  it("a refresh token that replaces another is kept and stored again by the next call, if storing it failed", async () => {
    const stored: string[] = []
    let isBroken = true
    const started = startRotating((refreshToken) => {
      if (isBroken) throw new Error("a secret text")
      stored.push(refreshToken)
    })
    const result = await started.cache.get(ann)
    expect(result).toEqual(failure("refresh_token_not_stored", { retryable: true }))
    expect(JSON.stringify(result)).not.toContain("a secret text")
    expect(await started.cache.get(ann)).toMatchObject({ error: { code: "refresh_token_not_stored" } })
    isBroken = false
    expect(await tokenOf(started)).toBe("access-1")
    expect(stored).toEqual(["refresh-1"])
    expect(started.requests).toHaveLength(1)
  })

  it("a refresh token that replaces another is kept in an outage, and forgotten when SuperOffice refuses it", async () => {
    const started = startRotating(() => undefined)
    started.cache.invalidate(await tokenOf(started))
    started.answer = () => Promise.resolve(down)
    await started.cache.get(ann)
    started.answer = () => Promise.resolve(refused)
    await started.cache.get(ann)
    await started.cache.get(ann)
    expect(started.requests.map(({ refresh_token }) => refresh_token)).toEqual([
      "refresh-of-ann",
      "refresh-1",
      "refresh-1",
      "refresh-of-ann",
    ])
  })
})

it("an access token cache keeps so many users, and lets go of the one who was used longest ago", async () => {
  const started = startCache({ maxUsers: 2 })
  const [bob, eve] = ["refresh-of-bob", "refresh-of-eve"].map((refresh_token) => ({ refresh_token }))
  if (!bob || !eve) throw new Error("unreachable")
  expect(await tokenOf(started, ann)).toBe("access-1")
  expect(await tokenOf(started, bob)).toBe("access-2")
  expect(await tokenOf(started, ann)).toBe("access-1")
  expect(await tokenOf(started, eve)).toBe("access-3")
  expect(await tokenOf(started, ann)).toBe("access-1")
  expect(await tokenOf(started, bob)).toBe("access-4")
})
