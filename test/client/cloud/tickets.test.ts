import { expect, it } from "vitest"
import { startTickets } from "./caches.ts"
import { systemUserResponse } from "./values.ts"

const hour = 3600

it("a ticket has its type and its claims, and not the end of the token that contained it", async () => {
  const { token_type, claims } = systemUserResponse
  const value = { token_type, ticket: "ticket-1", claims }
  expect(await startTickets().get()).toEqual({ ok: true, value })
})

it.each([
  [6 * hour - 61, "ticket-1"],
  [6 * hour - 60, "ticket-2"],
])(
  "a ticket comes from memory for six hours less a minute, and then from the service",
  async (seconds, then) => {
    const cache = startTickets()
    await cache.text()
    cache.seconds = seconds
    expect(await cache.text()).toBe(then)
  },
)

it("a ticket is extended each time that it is handed out", async () => {
  const cache = startTickets()
  for (let days = 0; days < 10; days += 1) {
    expect(await cache.text()).toBe("ticket-1")
    cache.seconds += 5 * hour
  }
  cache.seconds += hour
  expect(await cache.text()).toBe("ticket-2")
})
