import { afterEach, describe, expect, it, vi } from "vitest"
import { createKeySetCache } from "../../../lib/adapters/key-set.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import type { HttpAnswer, HttpRequest } from "../../../lib/ports.ts"
import { completeConfig } from "../../support/context.ts"
import { jsonAnswer } from "../../support/front-door.ts"
import { createSigningKey } from "../../../harness/id-tokens.ts"

const first = createSigningKey()
const second = createSigningKey()
const hour = 3_600_000
const outage = new ExchangeError("upstream_unavailable", "down")

afterEach(() => {
  vi.useRealTimers()
})

type Answer = HttpAnswer | Error | "silence"

function jwks(...keys: readonly object[]): HttpAnswer {
  return jsonAnswer(200, { keys })
}

/** The key set of a key endpoint that answers so, by a clock that only the test moves. */
function openKeySet(firstAnswer: Answer, env: Readonly<Record<string, string>> = {}) {
  let answer = firstAnswer
  let now = Date.parse("2026-11-22T12:00:00Z")
  const requests: HttpRequest[] = []
  const waits: number[] = []
  const keySet = createKeySetCache(completeConfig(env), {
    superOffice: (request, deadline) => {
      requests.push(request)
      waits.push(deadline.remainingMs())
      if (answer === "silence") return new Promise(() => undefined)
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
    now: () => new Date(now),
  })
  return {
    requests,
    waits,
    pass: (ms: number) => (now += ms),
    next: (then: Answer) => (answer = then),
    /** Key moduli and staleness, or the failure. */
    async read(ms = 5_000) {
      try {
        const { value, stale } = await keySet("cached", deadlineIn(ms))
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

describe("the cached key set", () => {
  it.each([
    ["an hour", {}, hour],
    ["as long as the settings say", { KEY_SET_MAX_AGE_SECONDS: "60" }, 60_000],
  ])("is read from the environment's key endpoint and kept for %s (C22, C36)", async (_time, env, ageMs) => {
    const endpoint = openKeySet(jwks(first.jwk, second.jwk), env)
    expect(await endpoint.read()).toEqual({ keys: [first.jwk.n, second.jwk.n], stale: false })
    const [request] = endpoint.requests
    const url = "https://sod.superoffice.com/login/.well-known/jwks"
    expect(request).toMatchObject({ method: "GET", url })
    expect([200, 503].map((status) => request?.needsBody(status))).toEqual([true, false])
    endpoint.next(jwks(second.jwk))
    endpoint.pass(ageMs - 1)
    expect(await endpoint.read()).toMatchObject({ keys: [first.jwk.n, second.jwk.n] })
    endpoint.pass(1)
    expect(await endpoint.read()).toEqual({ keys: [second.jwk.n], stale: false })
  })

  it.each<[string, Answer, string]>([
    ["an outage", outage, "it cannot be reached"],
    ["a 500", jsonAnswer(500, {}), "it answered 500"],
    ["a redirect", jsonAnswer(302, {}), "it answered 302"],
    ["HTML", { ...jwks(), body: "<html>" }, "its answer holds no usable key"],
    ["an empty set", jwks(), "its answer holds no usable key"],
    ["a body that cannot be read", { ...jwks(), unreadable: outage }, "its answer cannot be read"],
  ])("is used for a day on %s, and is unavailable after that", async (_what, answer, why) => {
    const endpoint = openKeySet(jwks(first.jwk))
    await endpoint.read()
    endpoint.next(answer)
    endpoint.pass(24 * hour - 1)
    expect(await endpoint.read()).toEqual({ keys: [first.jwk.n], stale: true })
    endpoint.pass(1)
    expect(await endpoint.read()).toMatchObject(failure(why))
  })

  it.each<[string, Partial<HttpAnswer>]>([
    ["it answered 503", { status: 503 }],
    ["its answer cannot be read", { unreadable: outage }],
  ])("is unavailable for as long as the endpoint says: %s (C71)", async (why, answer) => {
    const endpoint = openKeySet({ ...jwks(), ...answer, retryAfterSeconds: 120 })
    expect(await endpoint.read()).toMatchObject({ ...failure(why), retryAfterSeconds: 120 })
  })

  it("is unavailable to a caller whose deadline passes, and its read may take three seconds", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    const endpoint = openKeySet("silence")
    expect(await endpoint.read(1)).toMatchObject(failure("it did not answer before the deadline"))
    expect(endpoint.waits).toEqual([3_000])
  })
})
