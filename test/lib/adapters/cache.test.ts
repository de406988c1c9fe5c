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

/** A copy by a clock that only the test moves; it is read again after five minutes and used on for an hour. */
function hold(options: Partial<CacheOptions<string>> = {}) {
  let now = Date.parse("2026-11-22T12:00:00Z")
  const reads: Read[] = []
  const copy = createCache<string>({
    read: () => new Promise((resolve, reject) => reads.push({ resolve, reject })),
    now: () => new Date(now),
    maxAgeMs: 5 * minute,
    staleIfErrorMs: 60 * minute,
    isPermanent: (error) => error === gone,
    tooLate: () => tooLate,
    ...options,
  })
  const get = (deadline: Deadline = deadlineIn(10_000)) => copy("cached", deadline)
  const reread = (deadline: Deadline = deadlineIn(10_000)) => copy("reread", deadline)
  /** Ends the read in progress in one way or the other. */
  const end = (outcome: string | Error) => {
    const read = reads.at(-1)
    if (typeof outcome === "string") read?.resolve(outcome)
    else read?.reject(outcome)
  }
  return {
    get,
    reread,
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

function stale(value: string) {
  return { value, readAt: expect.any(Date) as unknown, stale: true }
}

/** A copy that holds "one", just read. */
async function holdOne(options: Partial<CacheOptions<string>> = {}) {
  const held = hold(options)
  await held.ask(held.get, "one")
  return held
}

describe("a copy", () => {
  it("is read when it is first asked for, not before", async () => {
    const held = hold()
    expect(held.reads).toHaveLength(0)
    expect(await held.ask(held.get, "one")).toEqual(fresh("one"))
  })

  it("is given without reading until it reaches its age", async () => {
    const held = await holdOne()
    held.pass(5 * minute - 1)
    expect(await held.ask(held.get, undefined)).toEqual(fresh("one"))
    held.pass(1)
    expect(await held.ask(held.get, "two")).toEqual(fresh("two"))
    expect(await held.ask(held.get, undefined)).toEqual(fresh("two"))
  })

  it("ages from the end of its read", async () => {
    const held = hold()
    const asked = held.get()
    held.pass(3 * minute)
    held.end("one")
    await asked
    held.pass(5 * minute - 1)
    expect(await held.ask(held.get, undefined)).toEqual(fresh("one"))
  })

  it("that was never read fails as its read fails, and is read again by whoever asks next", async () => {
    const held = hold()
    expect(await held.ask(held.get, outage)).toBe(outage)
    expect(await held.ask(held.get, "one")).toEqual(fresh("one"))
  })
})

describe("reading without a copy", () => {
  it("is tried five times after a failure, then once a second, so that bad requests cannot drive it", async () => {
    const held = hold()
    for (let i = 0; i < 6; i++) expect(await held.ask(held.get, outage)).toBe(outage)
    expect(await held.ask(held.get, undefined)).toBe(outage)
    held.pass(999)
    expect(await held.ask(held.get, undefined)).toBe(outage)
    held.pass(1)
    expect(await held.ask(held.get, "one")).toEqual(fresh("one"))
  })
})

describe("an outage", () => {
  it("does not reach callers while the copy will do, and they are told that it is stale", async () => {
    const held = await holdOne()
    held.pass(5 * minute)
    expect(await held.ask(held.get, outage)).toEqual(stale("one"))
  })

  it("reaches callers once the copy is too old to be used on", async () => {
    const held = await holdOne()
    held.pass(60 * minute - 1)
    expect(await held.ask(held.get, outage)).toEqual(stale("one"))
    held.pass(1)
    expect(await held.ask(held.get, outage)).toBe(outage)
    expect(await held.ask(held.get, "two")).toEqual(fresh("two"))
  })

  it("is met by trying again after 5, 10, 20, 40, 60 and 60 seconds", async () => {
    const held = await holdOne({ staleIfErrorMs: Infinity })
    held.pass(5 * minute)
    for (const seconds of [5, 10, 20, 40, 60, 60]) {
      expect(await held.ask(held.get, outage)).toEqual(stale("one"))
      held.pass(seconds * 1_000 - 1)
      expect(await held.ask(held.get, undefined)).toEqual(stale("one"))
      held.pass(1)
    }
    expect(await held.ask(held.get, "two")).toEqual(fresh("two"))
  })

  it("begins its waits anew after a success", async () => {
    const held = await holdOne()
    held.pass(5 * minute)
    await held.ask(held.get, outage)
    held.pass(5_000)
    await held.ask(held.get, outage)
    held.pass(10_000)
    await held.ask(held.get, "two")
    held.pass(5 * minute)
    await held.ask(held.get, outage)
    held.pass(5_000)
    expect(await held.ask(held.get, "three")).toEqual(fresh("three"))
  })

  it("is over with a success, so that nobody waits for the next try", async () => {
    const held = await holdOne({ maxAgeMs: 1_000 })
    held.pass(1_000)
    await held.ask(held.get, outage)
    await held.ask(held.reread, "two")
    held.pass(1_000)
    expect(await held.ask(held.get, "three")).toEqual(fresh("three"))
  })
})

describe("a definite answer", () => {
  it("ends the use of a copy past its age at once", async () => {
    const held = await holdOne()
    held.pass(5 * minute)
    expect(await held.ask(held.get, gone)).toBe(gone)
    expect(await held.ask(held.get, outage)).toBe(outage)
  })

  it("ends the use of a copy that is not past its age", async () => {
    const held = await holdOne()
    expect(await held.ask(held.reread, gone)).toBe(gone)
    expect(await held.ask(held.get, gone)).toBe(gone)
  })

  it("is not tried again by those who joined", async () => {
    const held = hold()
    const both = Promise.allSettled([held.get(), held.get()])
    held.end(gone)
    expect(await both).toEqual([
      { status: "rejected", reason: gone },
      { status: "rejected", reason: gone },
    ])
    expect(held.reads).toHaveLength(1)
  })
})

describe("one read at a time", () => {
  it("is shared by everybody who asks meanwhile", async () => {
    const held = hold()
    const all = Promise.all([held.get(), held.get(), held.reread()])
    held.end("one")
    expect(await all).toEqual([fresh("one"), fresh("one"), fresh("one")])
    expect(held.reads).toHaveLength(1)
  })

  it("is tried once more by those who joined it when it fails: it may have begun before a freeze", async () => {
    const held = hold()
    const first = held.get()
    const joined = [held.get(), held.get()]
    held.end(outage)
    await expect(first).rejects.toBe(outage)
    expect(held.reads).toHaveLength(2)
    held.end("one")
    expect(await Promise.all(joined)).toEqual([fresh("one"), fresh("one")])
    expect(held.reads).toHaveLength(2)
  })

  it("is tried no more than once more", async () => {
    const held = hold()
    const first = held.get()
    const joined = held.get()
    held.end(outage)
    await expect(first).rejects.toBe(outage)
    held.end(outage)
    await expect(joined).rejects.toBe(outage)
    expect(held.reads).toHaveLength(2)
  })
})

describe("everybody waits until their own deadline", () => {
  it("and the read goes on for the others", async () => {
    const held = hold()
    const patient = held.get(deadlineIn(10_000))
    await expect(held.get(deadlineIn(20))).rejects.toBe(tooLate)
    held.end("one")
    expect(await patient).toEqual(fresh("one"))
    expect(held.reads).toHaveLength(1)
  })

  it("also whoever began the read", async () => {
    const held = hold()
    const impatient = held.get(deadlineIn(20))
    const patient = held.get(deadlineIn(10_000))
    await expect(impatient).rejects.toBe(tooLate)
    held.end("one")
    expect(await patient).toEqual(fresh("one"))
  })

  it("and then uses the copy on, if there is one", async () => {
    const held = await holdOne()
    held.pass(5 * minute)
    expect(await held.get(deadlineIn(20))).toEqual(stale("one"))
    held.end("two")
    expect(await held.get()).toEqual(fresh("two"))
  })
})

describe("reading past the cache", () => {
  it("gives what was read, however young the copy", async () => {
    const held = await holdOne()
    expect(await held.ask(held.reread, "two")).toEqual(fresh("two"))
    expect(await held.ask(held.get, undefined)).toEqual(fresh("two"))
  })

  it("fails when the read fails, and the copy stays", async () => {
    const held = await holdOne()
    expect(await held.ask(held.reread, outage)).toBe(outage)
    expect(await held.ask(held.get, undefined)).toEqual(fresh("one"))
  })

  it("is limited to three reads; beyond that the copy is given", async () => {
    const held = await holdOne()
    for (const value of ["two", "three", "four"]) {
      expect(await held.ask(held.reread, value)).toEqual(fresh(value))
    }
    expect(await held.ask(held.reread, undefined)).toEqual(fresh("four"))
  })

  it("is allowed once more for every ten seconds that pass, up to three", async () => {
    const held = await holdOne()
    for (let i = 0; i < 3; i++) await held.ask(held.reread, "two")
    held.pass(9_999)
    expect(await held.ask(held.reread, undefined)).toEqual(fresh("two"))
    held.pass(1)
    expect(await held.ask(held.reread, "three")).toEqual(fresh("three"))
    expect(await held.ask(held.reread, undefined)).toEqual(fresh("three"))
    held.pass(4 * minute)
    for (let i = 0; i < 3; i++) expect(await held.ask(held.reread, "four")).toEqual(fresh("four"))
    expect(await held.ask(held.reread, undefined)).toEqual(fresh("four"))
  })

  it("loses no part of ten seconds between two refills", async () => {
    const held = await holdOne()
    for (let i = 0; i < 3; i++) await held.ask(held.reread, "two")
    held.pass(15_000)
    expect(await held.ask(held.reread, "three")).toEqual(fresh("three"))
    held.pass(5_000)
    expect(await held.ask(held.reread, "four")).toEqual(fresh("four"))
  })

  it("goes on being refilled after the clock was set back", async () => {
    const held = await holdOne()
    for (let i = 0; i < 3; i++) await held.ask(held.reread, "two")
    held.pass(-60 * minute)
    // Nobody knows the copy's age now, so it is read again like one that is too old.
    expect(await held.ask(held.reread, "three")).toEqual(fresh("three"))
    expect(await held.ask(held.reread, undefined)).toEqual(fresh("three"))
    held.pass(10_000)
    expect(await held.ask(held.reread, "four")).toEqual(fresh("four"))
  })

  it("asks about the age of the copy when it may not go past it", async () => {
    const held = await holdOne()
    for (let i = 0; i < 3; i++) await held.ask(held.reread, "two")
    held.pass(5 * minute)
    for (let i = 0; i < 3; i++) await held.ask(held.reread, "three")
    held.pass(5 * minute - 1)
    for (let i = 0; i < 3; i++) await held.ask(held.reread, "four")
    expect(await held.ask(held.reread, undefined)).toEqual(fresh("four"))
  })

  it("does not take the outcome of a read that began before", async () => {
    const held = hold()
    const first = held.get()
    held.end("one")
    await first
    held.pass(5 * minute)
    const aged = held.get()
    const anew = held.reread()
    held.end("one again")
    expect(await aged).toEqual(fresh("one again"))
    await Promise.resolve()
    held.end("two")
    expect(await anew).toEqual(fresh("two"))
  })

  it("does not fail as a read that began before does", async () => {
    const held = await holdOne()
    held.pass(5 * minute)
    const aged = held.get()
    const anew = held.reread()
    held.end(outage)
    expect(await aged).toEqual(stale("one"))
    expect(held.reads).toHaveLength(3)
    held.end("two")
    expect(await anew).toEqual(fresh("two"))
  })

  it("is counted by each copy for itself", async () => {
    const [one, another] = await Promise.all([holdOne(), holdOne()])
    for (let i = 0; i < 3; i++) await one.ask(one.reread, "two")
    expect(await another.ask(another.reread, "three")).toEqual(fresh("three"))
  })
})
