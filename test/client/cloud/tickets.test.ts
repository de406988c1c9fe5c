import { describe, expect, it } from "vitest"
import {
  cacheTickets,
  type AuthenticateSystemUserRequest,
  type AuthenticateSystemUserResponse,
  type Client,
  type Result,
  type TicketCacheOptions,
} from "../../../client/cloud.ts"
import { failure, gate } from "./transports.ts"
import { systemUserResponse } from "./values.ts"

const start = Date.parse("2030-01-01T00:00:00Z")
const minute = 60
const hour = 60 * minute
const request: AuthenticateSystemUserRequest = { tenant: "Cust12345", system_token: "App-abc" }

/** A cache over a service that numbers its tickets, with a clock that a test sets. */
function startCache(options: TicketCacheOptions = {}) {
  const requests: AuthenticateSystemUserRequest[] = []
  const control = {
    seconds: 0,
    requests,
    answer: (): Promise<Result<AuthenticateSystemUserResponse>> => Promise.resolve(issued()),
    issued,
  }
  function issued(): Result<AuthenticateSystemUserResponse> {
    return { ok: true, value: { ...systemUserResponse, ticket: `ticket-${requests.length}` } }
  }
  const client: Pick<Client, "authenticateSystemUser"> = {
    authenticateSystemUser: (request) => {
      requests.push(request)
      return control.answer()
    },
  }
  const now = () => new Date(start + control.seconds * 1000)
  return Object.assign(control, { cache: cacheTickets(client, { now, ...options }) })
}

async function ticketOf({ cache }: ReturnType<typeof startCache>, tenant = request.tenant): Promise<string> {
  const result = await cache.get({ ...request, tenant })
  if (!result.ok) throw new Error(result.error.code)
  return result.value.ticket
}

describe("tickets", () => {
  it("a ticket has its type and its claims, and not the end of the token that contained it", async () => {
    const { cache, requests } = startCache()
    const { token_type, claims } = systemUserResponse
    expect(await cache.get(request)).toEqual({ ok: true, value: { token_type, ticket: "ticket-1", claims } })
    expect(requests).toEqual([request])
  })

  it("a ticket comes from memory for six hours less a minute, and then from the service", async () => {
    const started = startCache()
    await ticketOf(started)
    started.seconds = 6 * hour - minute - 1
    expect(await ticketOf(started)).toBe("ticket-1")
    const later = startCache()
    await ticketOf(later)
    later.seconds = 6 * hour - minute
    expect(await ticketOf(later)).toBe("ticket-2")
  })

  it("a ticket is extended each time that it is handed out", async () => {
    const started = startCache()
    for (let days = 0; days < 10; days += 1) {
      expect(await ticketOf(started)).toBe("ticket-1")
      started.seconds += 5 * hour
    }
    started.seconds += hour
    expect(await ticketOf(started)).toBe("ticket-2")
  })

  it("a ticket counts from the time at which it was asked for, because the answer may have taken long", async () => {
    const started = startCache()
    started.answer = () => {
      started.seconds += 30
      return Promise.resolve(started.issued())
    }
    await ticketOf(started)
    started.seconds = 6 * hour - minute
    expect(await ticketOf(started)).toBe("ticket-2")
  })

  it("a ticket is asked for once by all who ask at the same time", async () => {
    const started = startCache()
    expect(await Promise.all([ticketOf(started), ticketOf(started)])).toEqual(["ticket-1", "ticket-1"])
    expect(started.requests).toHaveLength(1)
  })

  it("a ticket that SuperOffice refused is asked for again, but a newer one is kept", async () => {
    const started = startCache()
    const first = await ticketOf(started)
    started.cache.invalidate(first)
    expect(await ticketOf(started)).toBe("ticket-2")
    started.cache.invalidate(first)
    expect(await ticketOf(started)).toBe("ticket-2")
  })

  it("a ticket is not handed out for another system token", async () => {
    const started = startCache()
    await ticketOf(started)
    const other = { ...request, system_token: "App-xyz" }
    expect(await started.cache.get(other)).toMatchObject({ value: { ticket: "ticket-2" } })
  })
})

it("a ticket cache gives the client's error to all who wait, and asks again the next time", async () => {
  const started = startCache()
  const down = failure("system_user_rejected") as Result<AuthenticateSystemUserResponse>
  started.answer = () => Promise.resolve(down)
  expect(await Promise.all([started.cache.get(request), started.cache.get(request)])).toEqual([down, down])
  started.answer = () => Promise.resolve(started.issued())
  expect(await ticketOf(started)).toBe("ticket-2")
})

it("a ticket cache gives a result although the client throws", async () => {
  const started = startCache()
  started.answer = () => Promise.reject(new Error("a secret text"))
  expect(await started.cache.get(request)).toEqual(failure("no_answer", { retryable: true }))
})

it.each([undefined, null, {}, { tenant: "Cust12345" }, { system_token: "a" }, { ...request, tenant: 5n }])(
  "a ticket cache refuses the request %o as request_malformed",
  async (wrong) => {
    const { cache, requests } = startCache()
    expect(await cache.get(wrong as AuthenticateSystemUserRequest)).toEqual(failure("request_malformed"))
    expect(requests).toEqual([])
  },
)

it("a ticket cache ends the wait of a caller whose signal aborts, and not the request", async () => {
  const started = startCache()
  const { promise, open } = gate<Result<AuthenticateSystemUserResponse>>()
  started.answer = () => promise
  const controller = new AbortController()
  const impatient = started.cache.get(request, { signal: controller.signal })
  controller.abort()
  expect(await impatient).toEqual(failure("cancelled"))
  open(started.issued())
  expect(await ticketOf(started)).toBe("ticket-1")
  expect(started.requests).toHaveLength(1)
})

it("a ticket cache keeps so many tenants, and lets go of the one that was used longest ago", async () => {
  const started = startCache({ maxTenants: 2 })
  expect(await ticketOf(started, "Cust1")).toBe("ticket-1")
  expect(await ticketOf(started, "Cust2")).toBe("ticket-2")
  expect(await ticketOf(started, "Cust1")).toBe("ticket-1")
  expect(await ticketOf(started, "Cust3")).toBe("ticket-3")
  expect(await ticketOf(started, "Cust1")).toBe("ticket-1")
  expect(await ticketOf(started, "Cust2")).toBe("ticket-4")
})
