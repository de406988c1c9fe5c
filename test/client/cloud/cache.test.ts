import { once } from "node:events"
import { describe, expect, it } from "vitest"
import { ann, startAccessTokens, startTickets, tenant } from "./caches.ts"
import { failure, secretError } from "./transports.ts"

describe.each([
  {
    what: "an access token",
    issued: "access",
    start: (max?: number) => startAccessTokens(max === undefined ? {} : { maxUsers: max }),
    seconds: 3600,
    request: ann,
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
    others: [
      { ...tenant, system_token: "App-xyz" },
      { ...tenant, tenant: "Cust2" },
    ],
    malformed: [null, {}, { tenant: "Cust12345" }, { system_token: "a" }, { ...tenant, tenant: 5n }],
  },
])("$what", ({ issued, start, seconds, request, others, malformed }) => {
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
