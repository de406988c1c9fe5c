import { afterEach, describe, expect, it } from "vitest"
import { createConnections } from "../../../lib/adapters/connections.ts"
import { createSuperOfficeClient } from "../../../lib/adapters/superoffice.ts"
import { createTenantCache } from "../../../lib/adapters/tenants.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import type { HttpAnswer, HttpRequest } from "../../../lib/ports.ts"
import { jsonAnswer } from "../../support/front-door.ts"
import { completeConfig } from "../../support/context.ts"
import { startScriptedServer } from "../../support/scripted-server.ts"

const start = Date.parse("2026-11-22T12:00:00Z")
const minute = 60_000
const hour = 60 * minute

interface Said {
  readonly state?: string
  /** Milliseconds from the start of the test until which it holds. */
  readonly validForMs?: number
}

/** A state endpoint that knows every tenant, by a clock that only the test moves. */
function ask() {
  let now = start
  let said: Said | HttpAnswer | Error = {}
  const requests: HttpRequest[] = []
  const tenant = createTenantCache(completeConfig(), {
    now: () => new Date(now),
    superOffice: (request) => {
      requests.push(request)
      if (said instanceof Error) return Promise.reject(said)
      return Promise.resolve("body" in said ? said : answerAbout(request, said))
    },
  })
  return {
    requests,
    pass: (ms: number) => (now += ms),
    say: (next: Said | HttpAnswer | Error) => (said = next),
    state: async (ctx = "Cust1") => (await tenant(ctx, deadlineIn(2_000)))?.state,
  }
}

function answerAbout({ url }: HttpRequest, { state = "Running", validForMs }: Said): HttpAnswer {
  const ctx = url.slice(url.lastIndexOf("/") + 1)
  return jsonAnswer(200, {
    ContextIdentifier: ctx,
    State: state,
    IsRunning: state === "Running",
    ...(validForMs !== undefined && { ValidUntil: new Date(start + validForMs).toISOString() }),
    Api: `https://online2.superoffice.com/${ctx}/api`,
  })
}

describe("a tenant's state", () => {
  it("is asked for at the environment's host, for the tenant alone", async () => {
    const { state, requests } = ask()
    expect(await state("Cust12020")).toBe("Running")
    expect(requests).toMatchObject([
      { method: "GET", url: "https://sod.superoffice.com/api/state/Cust12020" },
    ])
    expect([200, 503, 404].map((status) => requests[0]?.needsBody(status))).toEqual([true, false, false])
  })

  it("is the same in any case of letters", async () => {
    const { state, requests } = ask()
    expect(await state("Cust12020")).toBe("Running")
    expect(await state("cust12020")).toBe("Running")
    expect(requests).toHaveLength(1)
  })

  it("is kept until SuperOffice says", async () => {
    const { state, say, pass, requests } = ask()
    say({ validForMs: 10 * minute })
    await state()
    say({ state: "Suspended", validForMs: 20 * minute })
    pass(10 * minute - 1)
    expect(await state()).toBe("Running")
    pass(1)
    expect(await state()).toBe("Suspended")
    expect(requests).toHaveLength(2)
  })

  it.each([
    ["nothing is said", {}],
    ["more is said", { validForMs: 24 * hour }],
  ])("is kept for an hour when %s", async (_what, said) => {
    const { state, say, pass, requests } = ask()
    say(said)
    await state()
    pass(hour - 1)
    await state()
    expect(requests).toHaveLength(1)
    pass(1)
    await state()
    expect(requests).toHaveLength(2)
  })

  it("is not kept when its time is over already, and told all the same", async () => {
    const { state, say, requests } = ask()
    say({ validForMs: -1_000 })
    expect([await state(), await state()]).toEqual(["Running", "Running"])
    expect(requests).toHaveLength(2)
  })

  it("is each tenant's own", async () => {
    const { state, say, requests } = ask()
    await state("Cust1")
    say({ state: "Deleted" })
    expect([await state("Cust2"), await state("Cust1")]).toEqual(["Deleted", "Running"])
    expect(requests).toHaveLength(2)
  })

  it("is kept of a hundred tenants; the one that was read longest ago goes first", async () => {
    const { state, pass, requests } = ask()
    for (let n = 1; n <= 100; n++) await state(`Cust${n}`)
    // Read anew, so that it is no longer the oldest.
    pass(hour)
    await state("Cust1")
    expect(requests).toHaveLength(101)
    await state("Cust101")
    expect(requests).toHaveLength(102)
    await state("Cust1")
    await state("Cust101")
    expect(requests).toHaveLength(102)
    pass(-1)
    await state("Cust3")
    expect(requests).toHaveLength(102)
    await state("Cust2")
    expect(requests).toHaveLength(103)
  })

  it.each(["", "../login", "Cust1/x", "Cust1?a=b", "Çust1", "C".repeat(33)])(
    "is not asked for by a name that is none: %j",
    async (ctx) => {
      const { state, requests } = ask()
      expect(await state(ctx)).toBeUndefined()
      expect(requests).toEqual([])
    },
  )
})

describe("a failure", () => {
  it.each<[string, HttpAnswer | Error]>([
    ["an outage", new ExchangeError("upstream_unavailable", "down")],
    ["a time-out", new ExchangeError("upstream_timeout", "late")],
    ["something unexpected", new Error("?")],
    ["a 404", jsonAnswer(404, {})],
    ["a 500", jsonAnswer(500, {})],
    ["HTML", { status: 200, retryAfterSeconds: undefined, body: "<html>" }],
    ["another tenant's state", jsonAnswer(200, { ContextIdentifier: "Cust2", State: "Running" })],
  ])("(%s) is no state, throws nothing, and is not kept", async (_what, failure) => {
    const { state, say, requests } = ask()
    say(failure)
    expect(await state()).toBeUndefined()
    say({})
    expect(await state()).toBe("Running")
    expect(requests).toHaveLength(2)
  })

  it("ends the use of a state whose time is over", async () => {
    const { state, say, pass } = ask()
    await state()
    pass(hour)
    say(new ExchangeError("upstream_unavailable", "down"))
    expect(await state()).toBeUndefined()
  })
})

describe("the deadline", () => {
  const closeAfterTest: (() => unknown)[] = []

  afterEach(async () => {
    await Promise.all(closeAfterTest.splice(0).map((close) => close()))
  })

  it("is the caller's own, and passing it is no state", async () => {
    const silent = await startScriptedServer({ onRequest: () => undefined })
    const connections = createConnections()
    closeAfterTest.push(
      () => silent.close(),
      () => {
        connections.http.destroy()
      },
    )
    const config = completeConfig({
      LOCAL_PROVIDER_URL: silent.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: silent.url,
    })
    const superOffice = createSuperOfficeClient(connections)
    const tenant = createTenantCache(config, { superOffice, now: () => new Date() })
    const startedAt = performance.now()
    expect(await tenant("Cust1", deadlineIn(200))).toBeUndefined()
    expect(performance.now() - startedAt).toBeLessThan(1_500)
    expect(silent.arrivals).toHaveLength(1)
    expect(silent.arrivals[0]).toMatch(/^GET \/api\/state\/Cust1 HTTP\/1\.1\r\n/)
    expect(silent.arrivals[0]).not.toMatch(/^authorization:/im)
  })
})
