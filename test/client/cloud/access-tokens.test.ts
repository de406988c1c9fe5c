import { describe, expect, it } from "vitest"
import { ann, start, startAccessTokens } from "./caches.ts"
import { failure } from "./transports.ts"
import { tokenResponse } from "./values.ts"

describe("an access token", () => {
  it("has its type, its claims and its end by this machine's clock, and no refresh token", async () => {
    const { token_type, claims } = tokenResponse
    const value = { token_type, access_token: "access-1", expires_at: start / 1000 + 3600, claims }
    expect(await startAccessTokens().get()).toEqual({ ok: true, value })
  })

  it("comes from memory until a minute before its end, and then from the service", async () => {
    const cache = startAccessTokens()
    expect(await cache.text()).toBe("access-1")
    cache.seconds = 3600 - 61
    expect(await cache.text()).toBe("access-1")
    cache.seconds = 3600 - 60
    expect(await cache.text()).toBe("access-2")
    expect(await cache.text()).toBe("access-2")
  })

  it("is handed out although its whole lifetime is within the margin, but not from memory", async () => {
    const cache = startAccessTokens()
    cache.answer = () => cache.issued({ expires_in: 30 })
    expect(await cache.text()).toBe("access-1")
    expect(await cache.text()).toBe("access-2")
  })
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
      if (isBroken) throw new Error("a secret text")
      stored.push(refreshToken)
    })
    for (let round = 0; round < 2; round += 1) {
      const result = await cache.get()
      expect(result).toEqual(failure("refresh_token_not_stored", { retryable: true }))
      expect(JSON.stringify(result)).not.toContain("a secret text")
    }
    isBroken = false
    expect(await cache.text()).toBe("access-1")
    expect(stored).toEqual(["refresh-1"])
    expect(cache.requests).toHaveLength(1)
  })

  it("is kept in an outage, and forgotten when SuperOffice refuses it", async () => {
    const cache = startRotating(() => undefined)
    cache.invalidate(await cache.text())
    for (const [code, retryable] of [
      ["no_answer", true],
      ["grant_rejected", false],
    ] as const) {
      cache.answer = () => failure(code, { retryable })
      expect(await cache.text()).toBe(code)
    }
    await cache.get()
    expect(sentBy(cache)).toEqual(["refresh-of-ann", "refresh-1", "refresh-1", "refresh-of-ann"])
  })
})
