import { describe, expect, it } from "vitest"
import { createCache, type CacheOptions } from "../../../lib/adapters/cache.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import type { Freshness } from "../../../lib/ports.ts"

const outage = new ExchangeError("secret_unavailable", "down")
const gone = new ExchangeError("configuration_invalid", "gone")
const tooLate = new ExchangeError("secret_unavailable", "too late")
const start = Date.parse("2026-11-22T12:00:00Z")
const minute = 60_000

interface Read {
  resolve(value: string): void
  reject(error: Error): void
}

/** A cache by a clock that only the test moves. It reads again after five minutes, and uses a stale value for an hour. */
function openCache(options: Partial<CacheOptions<string>> = {}) {
  let now = start
  const reads: Read[] = []
  const cache = createCache<string>({
    read: () => new Promise((resolve, reject) => reads.push({ resolve, reject })),
    now: () => new Date(now),
    maxAgeMs: 5 * minute,
    staleIfErrorMs: 60 * minute,
    isPermanent: (error) => error === gone,
    tooLate: () => tooLate,
    ...options,
  })
  /** A fresh value as it is; a stale one with the error that made it so; or the error alone. */
  const get = async (freshness: Freshness = "cached", ms = 10_000): Promise<unknown> => {
    try {
      const { value, stale, error } = await cache(freshness, deadlineIn(ms))
      return stale ? { stale: value, error } : value
    } catch (error) {
      return error
    }
  }
  /** Ends the last read that began. */
  const end = (outcome: string | Error): void => {
    if (outcome instanceof Error) reads.at(-1)?.reject(outcome)
    else reads.at(-1)?.resolve(outcome)
  }
  /** Asks, and ends the read that this begins. Without an outcome, none may begin. */
  const ask = async (outcome?: string | Error, freshness: Freshness = "cached"): Promise<unknown> => {
    const before = reads.length
    const asked = get(freshness)
    expect(reads.length - before).toBe(outcome === undefined ? 0 : 1)
    if (outcome !== undefined) end(outcome)
    return await asked
  }
  const reread = (outcome?: string | Error) => ask(outcome, "reread")
  const rereadThreeTimes = async (outcome: string): Promise<void> => {
    for (let i = 0; i < 3; i++) expect(await reread(outcome)).toBe(outcome)
  }
  return { cache, get, reads, end, ask, reread, rereadThreeTimes, pass: (ms: number) => (now += ms) }
}

/** A cache that has just read "one". */
async function openCacheOfOne(options: Partial<CacheOptions<string>> = {}) {
  const cache = openCache(options)
  expect(await cache.ask("one")).toBe("one")
  return cache
}

const staleOne = { stale: "one", error: outage }

describe("a cached value", () => {
  it("is read when it is first asked for, and given until it reaches its age, from the end of its read", async () => {
    const { cache, reads, get, end, ask, pass } = openCache()
    expect(reads).toHaveLength(0)
    const asked = get()
    pass(3 * minute)
    end("one")
    expect(await asked).toBe("one")
    pass(5 * minute - 1)
    const { readAt } = await cache("cached", deadlineIn(1_000))
    expect([await ask(), readAt]).toEqual(["one", new Date(start + 3 * minute)])
    pass(1)
    expect([await ask("two"), await ask()]).toEqual(["two", "two"])
  })
})

describe("reading without a cached value", () => {
  it("is tried five times after a failure, then once a second, so that bad requests cannot drive it", async () => {
    const { ask, pass } = openCache()
    for (let i = 0; i < 6; i++) expect(await ask(outage)).toBe(outage)
    pass(999)
    expect(await ask()).toBe(outage)
    pass(1)
    expect(await ask("one")).toBe("one")
  })
})

describe("an outage", () => {
  it("does not reach callers while the stale value may be used, and they are told that it is stale", async () => {
    const { ask, pass } = await openCacheOfOne()
    pass(60 * minute - 1)
    expect(await ask(outage)).toEqual(staleOne)
    pass(1)
    expect(await ask(outage)).toBe(outage)
    expect(await ask("two")).toBe("two")
  })

  it("makes the cache read again after 5, 10, 20, 40, 60 and 60 seconds", async () => {
    const { ask, pass } = await openCacheOfOne({ staleIfErrorMs: Infinity })
    pass(5 * minute)
    for (const seconds of [5, 10, 20, 40, 60, 60]) {
      expect(await ask(outage)).toEqual(staleOne)
      pass(seconds * 1_000 - 1)
      expect(await ask()).toEqual(staleOne)
      pass(1)
    }
    expect(await ask("two")).toBe("two")
  })

  it("is over with a success: the next read waits for nothing, and the waits begin anew", async () => {
    const { ask, reread, pass } = await openCacheOfOne({ maxAgeMs: 1_000 })
    pass(1_000)
    await ask(outage)
    await reread("one")
    pass(1_000)
    expect(await ask(outage)).toEqual(staleOne)
    pass(5_000)
    expect(await ask("two")).toBe("two")
  })
})

describe("a permanent failure", () => {
  it.each([
    ["stale", "cached", 5 * minute],
    ["not stale", "reread", 0],
  ] as const)("ends the use of a value that is %s at once", async (_what, freshness, ms) => {
    const { get, end, pass, ask } = await openCacheOfOne()
    pass(ms)
    const asked = get(freshness)
    end(gone)
    expect(await asked).toBe(gone)
    expect(await ask(outage)).toBe(outage)
  })

  it("is not tried again by those who joined the read", async () => {
    const { get, end, reads } = openCache()
    const both = Promise.all([get(), get()])
    end(gone)
    expect(await both).toEqual([gone, gone])
    expect(reads).toHaveLength(1)
  })
})

describe("a read in flight", () => {
  it("is shared by everybody who asks meanwhile", async () => {
    const { get, end, reads } = openCache()
    const all = Promise.all([get(), get(), get("reread")])
    end("one")
    expect(await all).toEqual(["one", "one", "one"])
    expect(reads).toHaveLength(1)
  })

  it.each(["one", outage])("that fails is tried once more by those who joined: %s", async (outcome) => {
    const { get, end, reads } = openCache()
    const first = get()
    const joined = Promise.all([get(), get()])
    end(outage)
    expect(await first).toBe(outage)
    end(outcome)
    expect(await joined).toEqual([outcome, outcome])
    expect(reads).toHaveLength(2)
  })

  it.each([
    ["who joined it", 10_000, 1],
    ["who began it", 1, 10_000],
  ])("goes on for the others after the deadline of the caller %s", async (_who, firstMs, secondMs) => {
    const { get, end, reads } = openCache()
    const callers = [get("cached", firstMs), get("cached", secondMs)]
    expect(await Promise.race(callers)).toBe(tooLate)
    end("one")
    expect((await Promise.all(callers)).filter((given) => given !== tooLate)).toEqual(["one"])
    expect(reads).toHaveLength(1)
  })

  it("leaves the stale value to the caller whose deadline passes", async () => {
    const { get, end, pass } = await openCacheOfOne()
    pass(5 * minute)
    expect(await get("cached", 1)).toEqual({ stale: "one", error: tooLate })
    end("two")
    expect(await get()).toBe("two")
  })

  it.each<[string, string | Error, unknown]>([
    ["succeeds", "one again", "one again"],
    ["fails", outage, staleOne],
  ])("does not give its outcome to a later read past the cache: it %s", async (_how, outcome, given) => {
    const { get, end, reads, pass } = await openCacheOfOne()
    pass(5 * minute)
    const aged = get()
    const anew = get("reread")
    end(outcome)
    expect(await aged).toEqual(given)
    await Promise.resolve()
    expect(reads).toHaveLength(3)
    end("two")
    expect(await anew).toBe("two")
  })
})

describe("reading past the cache", () => {
  it("is limited to three reads; beyond that the cached value is given", async () => {
    const { ask, reread } = await openCacheOfOne()
    expect([await reread(outage), await ask()]).toEqual([outage, "one"])
    expect([await reread("two"), await reread("three")]).toEqual(["two", "three"])
    expect([await reread(), await ask()]).toEqual(["three", "three"])
  })

  it("is allowed once more for every ten seconds that pass, up to three", async () => {
    const { reread, rereadThreeTimes, pass } = await openCacheOfOne()
    await rereadThreeTimes("two")
    pass(9_999)
    expect(await reread()).toBe("two")
    pass(5_001)
    expect(await reread("three")).toBe("three")
    expect(await reread()).toBe("three")
    // The five seconds that were left over count.
    pass(5_000)
    expect(await reread("four")).toBe("four")
    pass(4 * minute)
    await rereadThreeTimes("five")
    expect(await reread()).toBe("five")
  })

  it("goes on being allowed after the clock was set back", async () => {
    const { reread, rereadThreeTimes, pass } = await openCacheOfOne()
    await rereadThreeTimes("two")
    pass(-60 * minute)
    // The age of the value is not known now, so it is read again like one that is too old.
    expect(await reread("three")).toBe("three")
    expect(await reread()).toBe("three")
    pass(10_000)
    expect(await reread("four")).toBe("four")
  })

  it("looks at the age of the cached value when the limit is reached", async () => {
    const { reread, rereadThreeTimes, pass } = await openCacheOfOne({ maxAgeMs: 1_000 })
    await rereadThreeTimes("two")
    pass(1_000)
    expect(await reread("three")).toBe("three")
  })

  it("is counted by each reason for itself", async () => {
    const { ask, rereadThreeTimes } = await openCacheOfOne()
    for (let i = 0; i < 3; i++) await ask("two", "reread_to_open")
    expect(await ask(undefined, "reread_to_open")).toBe("two")
    await rereadThreeTimes("three")
    const another = await openCacheOfOne()
    await another.rereadThreeTimes("four")
  })
})
