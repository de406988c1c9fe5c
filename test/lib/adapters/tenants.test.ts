import { describe, expect, it } from "vitest"
import { createTenantCache } from "../../../lib/adapters/tenants.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import type { HttpRequest } from "../../../lib/ports.ts"
import { completeConfig } from "../../support/context.ts"
import { jsonAnswer } from "../../support/front-door.ts"

const start = Date.parse("2026-11-22T12:00:00Z")
const minute = 60_000
const hour = 60 * minute
const outage = new ExchangeError("upstream_unavailable", "down")

/** A state endpoint that knows every tenant, by a clock that only the test moves. */
function openTenants() {
  let now = start
  let said: object = {}
  const requests: HttpRequest[] = []
  const tenant = createTenantCache(completeConfig(), {
    now: () => new Date(now),
    superOffice: (request) => {
      requests.push(request)
      if (said instanceof Error) return Promise.reject(said)
      const ContextIdentifier = request.url.slice(request.url.lastIndexOf("/") + 1)
      const Api = `https://online2.superoffice.com/${ContextIdentifier}/api`
      return Promise.resolve(
        jsonAnswer(200, { ContextIdentifier, Api, State: "Running", IsRunning: true, ...said }),
      )
    },
  })
  return {
    requests,
    pass: (ms: number) => (now += ms),
    /** What the endpoint says from now on in addition to a running tenant's state, or how it fails. */
    say: (next: object) => (said = next),
    state: async (ctx = "Cust1") => (await tenant(ctx, deadlineIn(2_000)))?.state,
  }
}

/** Until when a state holds, in milliseconds from the start of the test. */
function validFor(ms: number) {
  return { ValidUntil: new Date(start + ms).toISOString() }
}

describe("a tenant's state", () => {
  it("is asked for at the environment's host, for the tenant alone", async () => {
    const { state, requests } = openTenants()
    expect(await state("Cust12020")).toBe("Running")
    expect(requests).toMatchObject([
      { method: "GET", url: "https://sod.superoffice.com/api/state/Cust12020" },
    ])
    expect([200, 503, 404].map((status) => requests[0]?.needsBody(status))).toEqual([true, false, false])
  })

  it.each([
    ["until SuperOffice says", validFor(10 * minute), 10 * minute],
    ["for an hour when nothing is said", {}, hour],
    ["for an hour when more is said", validFor(24 * hour), hour],
    ["for no time when it is over already", validFor(-1_000), 0],
  ])("is kept %s, in any case of letters", async (_time, said, keptMs) => {
    const { state, say, pass, requests } = openTenants()
    say(said)
    expect(await state("Cust1")).toBe("Running")
    say({ State: "Suspended", ...validFor(48 * hour) })
    if (keptMs > 0) {
      pass(keptMs - 1)
      expect(await state("cust1")).toBe("Running")
      pass(1)
    }
    expect(await state("Cust1")).toBe("Suspended")
    expect(requests).toHaveLength(2)
  })

  it("is kept for each of a hundred tenants; the one that was read longest ago goes first", async () => {
    const { state, pass, requests } = openTenants()
    const asked = async (ctx: string) => {
      const before = requests.length
      await state(ctx)
      return requests.length > before
    }
    for (let n = 1; n <= 100; n++) expect(await asked(`Cust${n}`)).toBe(true)
    // Read anew, so that it is no longer the oldest.
    pass(hour)
    expect([await asked("Cust1"), await asked("Cust101")]).toEqual([true, true])
    expect([await asked("Cust1"), await asked("Cust101")]).toEqual([false, false])
    pass(-1)
    expect([await asked("Cust3"), await asked("Cust2")]).toEqual([false, true])
  })

  it.each(["", "../login", "Cust1/x", "Çust1", "C".repeat(33)])(
    "is not asked for %j, no tenant",
    async (ctx) => {
      const { state, requests } = openTenants()
      expect(await state(ctx)).toBeUndefined()
      expect(requests).toEqual([])
    },
  )

  it.each([
    ["an outage", outage],
    ["another tenant's state", { ContextIdentifier: "Cust2" }],
  ])("is none after %s, which throws nothing and is not kept", async (_what, failure) => {
    const { state, say, pass } = openTenants()
    await state()
    pass(hour)
    say(failure)
    expect(await state()).toBeUndefined()
    say({})
    expect(await state()).toBe("Running")
  })
})
