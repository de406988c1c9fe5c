import { describe, expect, it } from "vitest"
import { createCache, type CacheOptions } from "../../../lib/adapters/cache.ts"
import { deadlineIn, type Deadline } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"

const outage = new ExchangeError("secret_unavailable", "down")
const gone = new ExchangeError("configuration_invalid", "gone")
const tooLate = new ExchangeError("secret_unavailable", "too late")
const minute = 60_000

/** One read in progress, to be ended by the test. */
interface Read {
  resolve(value: string): void
  reject(error: Error): void
}

/** A cache by a clock that only the test moves. It reads again after five minutes, and uses a stale value for an hour. */
function openCache(options: Partial<CacheOptions<string>> = {}) {
  let now = Date.parse("2026-11-22T12:00:00Z")
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
  const get = (deadline: Deadline = deadlineIn(10_000)) => cache("cached", deadline)
  const reread = (deadline: Deadline = deadlineIn(10_000)) => cache("reread", deadline)
  const rereadToOpen = (deadline: Deadline = deadlineIn(10_000)) => cache("reread_to_open", deadline)
  /** Ends the read in progress in one way or the other. */
  const end = (outcome: string | Error) => {
    const read = reads.at(-1)
    if (typeof outcome === "string") read?.resolve(outcome)
    else read?.reject(outcome)
  }
  return {
    get,
    reread,
    rereadToOpen,
    reads,
    end,
    pass: (ms: number) => (now += ms),
    /** Asks, and ends the read that this begins; `undefined` expects that none begins. */
    async ask(from: typeof get, outcome: string | Error | undefined) {
      const before = reads.length
      const asked = from()
      expect(reads.length - before).toBe(outcome === undefined ? 0 : 1)
      if (outcome !== undefined) end(outcome)
      return await asked.catch((error: unknown) => error)
    },
  }
}

function fresh(value: string) {
  return { value, readAt: expect.any(Date) as unknown, stale: false }
}

function stale(value: string, error: Error = outage) {
  return { value, readAt: expect.any(Date) as unknown, stale: true, error }
}

/** A cache that has just read "one". */
async function openCacheOfOne(options: Partial<CacheOptions<string>> = {}) {
  const cache = openCache(options)
  await cache.ask(cache.get, "one")
  return cache
}

describe("a cached value", () => {
  it("is read when it is first asked for, not before", async () => {
    const cache = openCache()
    expect(cache.reads).toHaveLength(0)
    expect(await cache.ask(cache.get, "one")).toEqual(fresh("one"))
  })

  it("is given without reading until it reaches its age", async () => {
    const cache = await openCacheOfOne()
    cache.pass(5 * minute - 1)
    expect(await cache.ask(cache.get, undefined)).toEqual(fresh("one"))
    cache.pass(1)
    expect(await cache.ask(cache.get, "two")).toEqual(fresh("two"))
    expect(await cache.ask(cache.get, undefined)).toEqual(fresh("two"))
  })

  it("ages from the end of its read", async () => {
    const cache = openCache()
    const asked = cache.get()
    cache.pass(3 * minute)
    cache.end("one")
    await asked
    cache.pass(5 * minute - 1)
    expect(await cache.ask(cache.get, undefined)).toEqual(fresh("one"))
  })

  it("fails as its first read fails, and is read again by the next caller", async () => {
    const cache = openCache()
    expect(await cache.ask(cache.get, outage)).toBe(outage)
    expect(await cache.ask(cache.get, "one")).toEqual(fresh("one"))
  })
})

describe("reading without a cached value", () => {
  it("is tried five times after a failure, then once a second, so that bad requests cannot drive it", async () => {
    const cache = openCache()
    for (let i = 0; i < 6; i++) expect(await cache.ask(cache.get, outage)).toBe(outage)
    expect(await cache.ask(cache.get, undefined)).toBe(outage)
    cache.pass(999)
    expect(await cache.ask(cache.get, undefined)).toBe(outage)
    cache.pass(1)
    expect(await cache.ask(cache.get, "one")).toEqual(fresh("one"))
  })
})

describe("an outage", () => {
  it("does not reach callers while the stale value may be used, and they are told that it is stale", async () => {
    const cache = await openCacheOfOne()
    cache.pass(5 * minute)
    expect(await cache.ask(cache.get, outage)).toEqual(stale("one"))
  })

  it("reaches callers once the stale value is too old to be used", async () => {
    const cache = await openCacheOfOne()
    cache.pass(60 * minute - 1)
    expect(await cache.ask(cache.get, outage)).toEqual(stale("one"))
    cache.pass(1)
    expect(await cache.ask(cache.get, outage)).toBe(outage)
    expect(await cache.ask(cache.get, "two")).toEqual(fresh("two"))
  })

  it("is met by trying again after 5, 10, 20, 40, 60 and 60 seconds", async () => {
    const cache = await openCacheOfOne({ staleIfErrorMs: Infinity })
    cache.pass(5 * minute)
    for (const seconds of [5, 10, 20, 40, 60, 60]) {
      expect(await cache.ask(cache.get, outage)).toEqual(stale("one"))
      cache.pass(seconds * 1_000 - 1)
      expect(await cache.ask(cache.get, undefined)).toEqual(stale("one"))
      cache.pass(1)
    }
    expect(await cache.ask(cache.get, "two")).toEqual(fresh("two"))
  })

  it("begins its waits anew after a success", async () => {
    const cache = await openCacheOfOne()
    cache.pass(5 * minute)
    await cache.ask(cache.get, outage)
    cache.pass(5_000)
    await cache.ask(cache.get, outage)
    cache.pass(10_000)
    await cache.ask(cache.get, "two")
    cache.pass(5 * minute)
    await cache.ask(cache.get, outage)
    cache.pass(5_000)
    expect(await cache.ask(cache.get, "three")).toEqual(fresh("three"))
  })

  it("is over with a success, so that nobody waits for the next try", async () => {
    const cache = await openCacheOfOne({ maxAgeMs: 1_000 })
    cache.pass(1_000)
    await cache.ask(cache.get, outage)
    await cache.ask(cache.reread, "two")
    cache.pass(1_000)
    expect(await cache.ask(cache.get, "three")).toEqual(fresh("three"))
  })
})

describe("a permanent failure", () => {
  it("ends the use of a stale value at once", async () => {
    const cache = await openCacheOfOne()
    cache.pass(5 * minute)
    expect(await cache.ask(cache.get, gone)).toBe(gone)
    expect(await cache.ask(cache.get, outage)).toBe(outage)
  })

  it("ends the use of a value that is not stale", async () => {
    const cache = await openCacheOfOne()
    expect(await cache.ask(cache.reread, gone)).toBe(gone)
    expect(await cache.ask(cache.get, gone)).toBe(gone)
  })

  it("is not tried again by those who joined", async () => {
    const cache = openCache()
    const both = Promise.allSettled([cache.get(), cache.get()])
    cache.end(gone)
    expect(await both).toEqual([
      { status: "rejected", reason: gone },
      { status: "rejected", reason: gone },
    ])
    expect(cache.reads).toHaveLength(1)
  })
})

describe("one read at a time", () => {
  it("is shared by everybody who asks meanwhile", async () => {
    const cache = openCache()
    const all = Promise.all([cache.get(), cache.get(), cache.reread()])
    cache.end("one")
    expect(await all).toEqual([fresh("one"), fresh("one"), fresh("one")])
    expect(cache.reads).toHaveLength(1)
  })

  it("is tried once more by those who joined it when it fails: it may have begun before a freeze", async () => {
    const cache = openCache()
    const first = cache.get()
    const joined = [cache.get(), cache.get()]
    cache.end(outage)
    await expect(first).rejects.toBe(outage)
    expect(cache.reads).toHaveLength(2)
    cache.end("one")
    expect(await Promise.all(joined)).toEqual([fresh("one"), fresh("one")])
    expect(cache.reads).toHaveLength(2)
  })

  it("is tried no more than once more", async () => {
    const cache = openCache()
    const first = cache.get()
    const joined = cache.get()
    cache.end(outage)
    await expect(first).rejects.toBe(outage)
    cache.end(outage)
    await expect(joined).rejects.toBe(outage)
    expect(cache.reads).toHaveLength(2)
  })
})

describe("everybody waits until their own deadline", () => {
  it("and the read goes on for the others", async () => {
    const cache = openCache()
    const patient = cache.get(deadlineIn(10_000))
    await expect(cache.get(deadlineIn(20))).rejects.toBe(tooLate)
    cache.end("one")
    expect(await patient).toEqual(fresh("one"))
    expect(cache.reads).toHaveLength(1)
  })

  it("also whoever began the read", async () => {
    const cache = openCache()
    const impatient = cache.get(deadlineIn(20))
    const patient = cache.get(deadlineIn(10_000))
    await expect(impatient).rejects.toBe(tooLate)
    cache.end("one")
    expect(await patient).toEqual(fresh("one"))
  })

  it("and then uses the stale value, if there is one", async () => {
    const cache = await openCacheOfOne()
    cache.pass(5 * minute)
    expect(await cache.get(deadlineIn(20))).toEqual(stale("one", tooLate))
    cache.end("two")
    expect(await cache.get()).toEqual(fresh("two"))
  })
})

describe("reading past the cache", () => {
  it("gives what was read, however new the cached value is", async () => {
    const cache = await openCacheOfOne()
    expect(await cache.ask(cache.reread, "two")).toEqual(fresh("two"))
    expect(await cache.ask(cache.get, undefined)).toEqual(fresh("two"))
  })

  it("fails when the read fails, and the cached value stays", async () => {
    const cache = await openCacheOfOne()
    expect(await cache.ask(cache.reread, outage)).toBe(outage)
    expect(await cache.ask(cache.get, undefined)).toEqual(fresh("one"))
  })

  it("is limited to three reads; beyond that the cached value is given", async () => {
    const cache = await openCacheOfOne()
    for (const value of ["two", "three", "four"]) {
      expect(await cache.ask(cache.reread, value)).toEqual(fresh(value))
    }
    expect(await cache.ask(cache.reread, undefined)).toEqual(fresh("four"))
  })

  it("is allowed once more for every ten seconds that pass, up to three", async () => {
    const cache = await openCacheOfOne()
    for (let i = 0; i < 3; i++) await cache.ask(cache.reread, "two")
    cache.pass(9_999)
    expect(await cache.ask(cache.reread, undefined)).toEqual(fresh("two"))
    cache.pass(1)
    expect(await cache.ask(cache.reread, "three")).toEqual(fresh("three"))
    expect(await cache.ask(cache.reread, undefined)).toEqual(fresh("three"))
    cache.pass(4 * minute)
    for (let i = 0; i < 3; i++) expect(await cache.ask(cache.reread, "four")).toEqual(fresh("four"))
    expect(await cache.ask(cache.reread, undefined)).toEqual(fresh("four"))
  })

  it("loses no part of ten seconds between two refills", async () => {
    const cache = await openCacheOfOne()
    for (let i = 0; i < 3; i++) await cache.ask(cache.reread, "two")
    cache.pass(15_000)
    expect(await cache.ask(cache.reread, "three")).toEqual(fresh("three"))
    cache.pass(5_000)
    expect(await cache.ask(cache.reread, "four")).toEqual(fresh("four"))
  })

  it("goes on being refilled after the clock was set back", async () => {
    const cache = await openCacheOfOne()
    for (let i = 0; i < 3; i++) await cache.ask(cache.reread, "two")
    cache.pass(-60 * minute)
    // The age of the value is not known now, so it is read again like one that is too old.
    expect(await cache.ask(cache.reread, "three")).toEqual(fresh("three"))
    expect(await cache.ask(cache.reread, undefined)).toEqual(fresh("three"))
    cache.pass(10_000)
    expect(await cache.ask(cache.reread, "four")).toEqual(fresh("four"))
  })

  it("looks at the age of the cached value when the limit is reached", async () => {
    const cache = await openCacheOfOne()
    for (let i = 0; i < 3; i++) await cache.ask(cache.reread, "two")
    cache.pass(5 * minute)
    for (let i = 0; i < 3; i++) await cache.ask(cache.reread, "three")
    cache.pass(5 * minute - 1)
    for (let i = 0; i < 3; i++) await cache.ask(cache.reread, "four")
    expect(await cache.ask(cache.reread, undefined)).toEqual(fresh("four"))
  })

  it("does not take the outcome of a read that began before", async () => {
    const cache = openCache()
    const first = cache.get()
    cache.end("one")
    await first
    cache.pass(5 * minute)
    const aged = cache.get()
    const anew = cache.reread()
    cache.end("one again")
    expect(await aged).toEqual(fresh("one again"))
    await Promise.resolve()
    cache.end("two")
    expect(await anew).toEqual(fresh("two"))
  })

  it("does not fail as a read that began before does", async () => {
    const cache = await openCacheOfOne()
    cache.pass(5 * minute)
    const aged = cache.get()
    const anew = cache.reread()
    cache.end(outage)
    expect(await aged).toEqual(stale("one"))
    expect(cache.reads).toHaveLength(3)
    cache.end("two")
    expect(await anew).toEqual(fresh("two"))
  })

  it("is counted by each reason for itself", async () => {
    const cache = await openCacheOfOne()
    for (let i = 0; i < 3; i++) await cache.ask(cache.rereadToOpen, "two")
    expect(await cache.ask(cache.rereadToOpen, undefined)).toEqual(fresh("two"))
    for (let i = 0; i < 3; i++) expect(await cache.ask(cache.reread, "three")).toEqual(fresh("three"))
    expect(await cache.ask(cache.reread, undefined)).toEqual(fresh("three"))
  })

  it("is counted by each cache for itself", async () => {
    const [one, another] = await Promise.all([openCacheOfOne(), openCacheOfOne()])
    for (let i = 0; i < 3; i++) await one.ask(one.reread, "two")
    expect(await another.ask(another.reread, "three")).toEqual(fresh("three"))
  })
})
