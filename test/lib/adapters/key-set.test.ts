import type { Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { createConnections } from "../../../lib/adapters/connections.ts"
import { createKeySetCache } from "../../../lib/adapters/key-set.ts"
import { createSuperOfficeClient } from "../../../lib/adapters/superoffice.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import type { Freshness } from "../../../lib/ports.ts"
import { createSigningKey } from "../../support/id-tokens.ts"
import { completeConfig } from "../../support/context.ts"
import { http, startScriptedServer } from "../../support/scripted-server.ts"

const first = createSigningKey()
const second = createSigningKey()
const hour = 3_600_000
const closeAfterTest: (() => unknown)[] = []

afterEach(async () => {
  await Promise.all(closeAfterTest.splice(0).map((close) => close()))
})

type Say = (socket: Socket) => unknown

function jwks(...keys: readonly object[]): Say {
  return (socket) => socket.write(http(200, JSON.stringify({ keys }), ["Content-Type: application/json"]))
}

function says(status: number, body: string): Say {
  return (socket) => socket.write(http(status, body))
}

const hangsUp: Say = (socket) => socket.destroy()

/** The key set of a local key endpoint, by a clock that only the test moves. */
async function startKeyEndpoint(firstAnswer: Say, env: Readonly<Record<string, string>> = {}) {
  let say = firstAnswer
  const server = await startScriptedServer({ onRequest: (socket) => void say(socket) })
  const connections = createConnections()
  closeAfterTest.push(
    () => server.close(),
    () => {
      connections.http.destroy()
    },
  )
  const config = completeConfig({
    LOCAL_PROVIDER_URL: server.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: server.url,
    ...env,
  })
  let now = Date.parse("2026-11-22T12:00:00Z")
  const keySet = createKeySetCache(config, {
    superOffice: createSuperOfficeClient(connections),
    now: () => new Date(now),
  })
  return {
    arrivals: server.arrivals,
    pass: (ms: number) => (now += ms),
    next: (answer: Say) => (say = answer),
    /** Key moduli and staleness, or the failure's code and message. */
    async read(freshness: Freshness = "cached", ms = 5_000) {
      try {
        const { value, stale } = await keySet(freshness, deadlineIn(ms))
        return { keys: value.map(({ key }) => key.export({ format: "jwk" }).n), stale }
      } catch (error) {
        return error
      }
    },
  }
}

function failure(why: string) {
  return { code: "key_set_unavailable", message: `the key endpoint gave no key set: ${why}` }
}

describe("the key set", () => {
  it("is read from the environment's key endpoint and kept for an hour (C22, C36)", async () => {
    const endpoint = await startKeyEndpoint(jwks(first.jwk))
    expect(await endpoint.read()).toEqual({ keys: [first.jwk.n], stale: false })
    endpoint.pass(hour - 1)
    await endpoint.read()
    expect(endpoint.arrivals.map((request) => request.split("\r\n")[0])).toEqual([
      "GET /login/.well-known/jwks HTTP/1.1",
    ])
    endpoint.pass(1)
    await endpoint.read()
    expect(endpoint.arrivals).toHaveLength(2)
  })

  it("is kept for as long as the settings say", async () => {
    const endpoint = await startKeyEndpoint(jwks(first.jwk), { KEY_SET_MAX_AGE_SECONDS: "60" })
    await endpoint.read()
    endpoint.pass(60_000)
    await endpoint.read()
    expect(endpoint.arrivals).toHaveLength(2)
  })

  it("replaces the one before, so that a key that is gone is withdrawn", async () => {
    const endpoint = await startKeyEndpoint(jwks(first.jwk, second.jwk))
    await endpoint.read()
    endpoint.next(jwks(second.jwk))
    expect(await endpoint.read("reread")).toEqual({ keys: [second.jwk.n], stale: false })
    expect(await endpoint.read()).toEqual({ keys: [second.jwk.n], stale: false })
  })

  it.each<[string, Say, string]>([
    ["a 500", says(500, "oops"), "it answered 500"],
    ["a 404", says(404, "{}"), "it answered 404"],
    ["a redirect", says(302, ""), "it answered 302"],
    ["HTML", says(200, "<html>"), "its answer holds no usable key"],
    ["an empty set", jwks(), "its answer holds no usable key"],
    ["a set with weak keys only", jwks(createSigningKey(1024).jwk), "its answer holds no usable key"],
    ["a connection that breaks off", hangsUp, "it cannot be reached"],
    [
      "an answer that is not UTF-8",
      (socket: Socket) => socket.write(Buffer.from(http(200, "{").replace("{", "\u00e5"), "latin1")),
      "its answer cannot be read",
    ],
  ])(
    "is unavailable on %s when none was read yet, and is used for a day when one was",
    async (_what, say, why) => {
      const never = await startKeyEndpoint(say)
      expect(await never.read()).toMatchObject(failure(why))

      const endpoint = await startKeyEndpoint(jwks(first.jwk))
      await endpoint.read()
      endpoint.next(say)
      endpoint.pass(24 * hour - 1)
      expect(await endpoint.read()).toEqual({ keys: [first.jwk.n], stale: true })
      endpoint.pass(1)
      expect(await endpoint.read()).toMatchObject(failure(why))
    },
  )

  it("is unavailable for as long as the endpoint says (C71)", async () => {
    const endpoint = await startKeyEndpoint((socket) => socket.write(http(503, "", ["Retry-After: 120"])))
    expect(await endpoint.read()).toMatchObject({ ...failure("it answered 503"), retryAfterSeconds: 120 })
    endpoint.next((socket) => socket.end(http(200, "{}", ["Retry-After: 90"]).slice(0, -1)))
    expect(await endpoint.read()).toMatchObject({
      ...failure("its answer cannot be read"),
      retryAfterSeconds: 90,
    })
  })

  it("is unavailable past the cache while the endpoint is down, and the cached value stays", async () => {
    const endpoint = await startKeyEndpoint(jwks(first.jwk))
    await endpoint.read()
    endpoint.next(hangsUp)
    expect(await endpoint.read("reread")).toMatchObject(failure("it cannot be reached"))
    expect(await endpoint.read()).toEqual({ keys: [first.jwk.n], stale: false })
  })

  it("is read past the cache three times in a row and no more, however many keys are unknown", async () => {
    const endpoint = await startKeyEndpoint(jwks(first.jwk))
    await endpoint.read()
    for (let i = 0; i < 10; i++) await endpoint.read("reread")
    expect(endpoint.arrivals).toHaveLength(4)
  })

  it("is unavailable to whoever cannot wait for it", async () => {
    const endpoint = await startKeyEndpoint(() => undefined)
    expect(await endpoint.read("cached", 50)).toMatchObject(failure("it did not answer before the deadline"))
  })

  it("is given up after three seconds, and then read anew", async () => {
    const endpoint = await startKeyEndpoint(() => undefined)
    const start = performance.now()
    expect(await endpoint.read("cached", 10_000)).toMatchObject(failure("it cannot be reached"))
    expect(performance.now() - start).toBeGreaterThan(2_900)
    expect(performance.now() - start).toBeLessThan(5_000)
    endpoint.next(jwks(first.jwk))
    expect(await endpoint.read()).toEqual({ keys: [first.jwk.n], stale: false })
  })
})
