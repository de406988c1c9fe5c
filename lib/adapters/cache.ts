import type { Deadline } from "../deadline.ts"
import type { ExchangeError } from "../errors.ts"
import type { Cache } from "../ports.ts"

/** How a value is read, and how long it may be used. */
export interface CacheOptions<T> {
  /** Reads the value from its source. Must end by itself, in success or failure. */
  readonly read: () => Promise<T>
  readonly now: () => Date
  /** The age at which the value is read again. */
  readonly maxAgeMs: number
  /** The age up to which a stale value is used while reading fails (RFC 5861, `stale-if-error`). */
  readonly staleIfErrorMs: number
  /** True for a failure that ends the use of the cached value: it is gone, or denied. */
  readonly isPermanent: (error: unknown) => boolean
  /** The error for a caller whose deadline passed while the read went on. */
  readonly tooLate: () => ExchangeError
}

const backOffMs = { first: 5_000, max: 60_000 } as const

/** How often a value may be read past the cache, because it may have been replaced. */
const forcedReads = { max: 3, refillMs: 10_000 } as const

/** How often a value may be read after a failure, while nothing is cached. */
const readsAfterFailure = { max: 5, refillMs: 1_000 } as const

/**
 * Caches one value, so that an outage of its source does not reach callers and a stream of bad requests does not reach the
 * source:
 *
 * - One read is in flight at a time. Everybody who waits shares it, each until their own deadline.
 * - A stale value is used while reading fails, with a back-off between tries. A permanent failure ends its use.
 * - Reads past the cache are limited to three for each reason, refilled one per 10 s. Beyond that the cached value is
 *   given.
 * - With nothing cached, reads after a failure are limited to five, refilled one per second. Beyond that the failure stands.
 */
export function createCache<T>(options: CacheOptions<T>): Cache<T> {
  let entry: Entry<T> | undefined
  let failure: { readonly error: unknown; readonly retryAt: number; readonly waitMs: number } | undefined
  let inFlight: Promise<Entry<T>> | undefined
  const forced = {
    reread: limitReads(options.now, forcedReads),
    reread_to_open: limitReads(options.now, forcedReads),
  }
  const afterFailure = limitReads(options.now, readsAfterFailure)
  const time = (): number => options.now().getTime()

  /** Starts a read, or joins the one in flight. */
  function refresh(): Promise<Entry<T>> {
    inFlight ??= read().finally(() => {
      inFlight = undefined
    })
    return inFlight
  }

  async function read(): Promise<Entry<T>> {
    try {
      const value = await options.read()
      entry = { value, readAt: options.now() }
      failure = undefined
      return entry
    } catch (error) {
      if (options.isPermanent(error)) entry = undefined
      const waitMs = failure ? Math.min(failure.waitMs * 2, backOffMs.max) : backOffMs.first
      failure = { error, retryAt: time() + waitMs, waitMs }
      throw error
    }
  }

  /**
   * A read in flight may have started before Lambda froze this environment. If it fails, starts a new one instead of
   * failing.
   */
  async function refreshWithin(deadline: Deadline): Promise<Entry<T>> {
    const joined = inFlight
    if (joined) {
      try {
        return await before(deadline, joined, options.tooLate)
      } catch (error) {
        if (options.isPermanent(error) || deadline.remainingMs() === 0) throw error
      }
    }
    return await before(deadline, refresh(), options.tooLate)
  }

  /** Waits for a read in flight without using it, because it may still bring the value that was just rejected. */
  async function reread(deadline: Deadline): Promise<Entry<T>> {
    if (inFlight) await before(deadline, inFlight, options.tooLate).catch(() => undefined)
    return await before(deadline, refresh(), options.tooLate)
  }

  async function readFirst(deadline: Deadline): Promise<Entry<T>> {
    if (failure && !inFlight && !afterFailure.take()) throw failure.error
    return await refreshWithin(deadline)
  }

  return async (freshness, deadline) => {
    const cached = entry
    if (cached === undefined) return { ...(await readFirst(deadline)), stale: false }
    if (freshness !== "cached" && forced[freshness].take())
      return { ...(await reread(deadline)), stale: false }
    const age = time() - cached.readAt.getTime()
    // A negative age means that the clock was set back: the value is then read again.
    if (age >= 0 && age < options.maxAgeMs) return { ...cached, stale: false }
    const isUsable = age < options.staleIfErrorMs
    if (isUsable && failure && time() < failure.retryAt)
      return { ...cached, stale: true, error: failure.error }
    try {
      return { ...(await refreshWithin(deadline)), stale: false }
    } catch (error) {
      if (options.isPermanent(error) || !isUsable) throw error
      return { ...cached, stale: true, error }
    }
  }
}

interface Entry<T> {
  readonly value: T
  readonly readAt: Date
}

interface Limit {
  readonly max: number
  readonly refillMs: number
}

/** A bucket of reads, refilled by the wall clock, because timers do not run while an environment is frozen. */
function limitReads(now: () => Date, { max, refillMs }: Limit): { take(): boolean } {
  let left = max
  let refilledAt = now().getTime()
  return {
    take() {
      const time = now().getTime()
      const refill = Math.floor((time - refilledAt) / refillMs)
      if (refill > 0) {
        left = Math.min(max, left + refill)
        refilledAt += refill * refillMs
      } else if (refill < 0) {
        // The clock was set back.
        refilledAt = time
      }
      if (left === 0) return false
      left -= 1
      return true
    },
  }
}

/** The promise's outcome, or `tooLate` once the deadline has passed. The promise goes on, because others share it. */
async function before<T>(deadline: Deadline, promise: Promise<T>, tooLate: () => ExchangeError): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(tooLate())
    }, deadline.remainingMs())
  })
  try {
    return await Promise.race([promise, timeUp])
  } finally {
    clearTimeout(timer)
  }
}
