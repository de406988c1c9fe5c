import type { Deadline } from "../deadline.ts"
import type { ExchangeError } from "../errors.ts"
import type { Freshness, Held } from "../ports.ts"

/** How a value is read, and how long a copy of it may be used. */
export interface HeldCopyOptions<T> {
  /** Reads the value from where it lives. Ends by itself, in success or failure. */
  readonly read: () => Promise<T>
  readonly now: () => Date
  /** The age at which the copy is read again. */
  readonly maxAgeMs: number
  /** The age up to which it is used on while it cannot be read again. */
  readonly maxStaleMs: number
  /** True for a failure that says the value must not be used on: it is gone, or denied. */
  readonly isDefinite: (error: unknown) => boolean
  /** The failure of somebody whose deadline passed while the read went on. */
  readonly tooLate: () => ExchangeError
}

/** Gives the value, from the copy or past it. */
export type HeldCopy<T> = (freshness: Freshness, deadline: Deadline) => Promise<Held<T>>

const backOffMs = { first: 5_000, most: 60_000 } as const
const forcedReads = { most: 3, refillMs: 10_000 } as const

/**
 * Keeps one copy of a value that lives elsewhere, so that the outage of a helper does not reach callers and a stream of
 * bad requests does not reach the helper:
 *
 * - one read is in flight at a time, shared by everybody who waits, each until their own deadline;
 * - a copy past its age is used on while reading fails, with a back-off between tries; a definite answer ends its use;
 * - reads past the cache are limited to three, refilled one per 10 s; beyond that the copy is given as it is.
 */
export function holdCopy<T>(options: HeldCopyOptions<T>): HeldCopy<T> {
  let copy: { readonly value: T; readonly readAt: number } | undefined
  let inFlight: Promise<T> | undefined
  let retryAt = 0
  let waitMs = 0
  const forced = limitReads(options.now)
  const time = (): number => options.now().getTime()

  /** Starts a read or joins the one in flight. */
  function refresh(): Promise<T> {
    inFlight ??= options
      .read()
      .then(
        (value) => {
          copy = { value, readAt: time() }
          waitMs = 0
          return value
        },
        (error: unknown) => {
          if (options.isDefinite(error)) copy = undefined
          waitMs = Math.min(waitMs === 0 ? backOffMs.first : waitMs * 2, backOffMs.most)
          retryAt = time() + waitMs
          throw error
        },
      )
      .finally(() => {
        inFlight = undefined
      })
    return inFlight
  }

  /** A read that was already in flight may have begun in another life of a frozen environment: its failure is not ours. */
  async function refreshWithin(deadline: Deadline): Promise<T> {
    const joined = inFlight
    if (joined) {
      try {
        return await before(deadline, joined, options.tooLate)
      } catch (error) {
        if (options.isDefinite(error) || deadline.remainingMs() === 0) throw error
      }
    }
    return await before(deadline, refresh(), options.tooLate)
  }

  return async (freshness, deadline) => {
    const held = copy
    if (held === undefined) return { value: await refreshWithin(deadline), stale: false }
    if (freshness === "reread") {
      return { value: forced.take() ? await refreshWithin(deadline) : held.value, stale: false }
    }
    const age = time() - held.readAt
    if (age < options.maxAgeMs) return { value: held.value, stale: false }
    const mayBeUsedOn = age < options.maxStaleMs
    if (mayBeUsedOn && time() < retryAt) return { value: held.value, stale: true }
    try {
      return { value: await refreshWithin(deadline), stale: false }
    } catch (error) {
      if (options.isDefinite(error) || !mayBeUsedOn) throw error
      return { value: held.value, stale: true }
    }
  }
}

/** A bucket of reads, refilled by the wall clock, since timers stand still in a frozen environment. */
function limitReads(now: () => Date): { take(): boolean } {
  let left: number = forcedReads.most
  let refilledAt = now().getTime()
  return {
    take() {
      const elapsed = now().getTime() - refilledAt
      const refill = Math.floor(elapsed / forcedReads.refillMs)
      if (refill > 0 || elapsed < 0) {
        left = Math.min(forcedReads.most, left + Math.max(0, refill))
        refilledAt = elapsed < 0 ? now().getTime() : refilledAt + refill * forcedReads.refillMs
      }
      if (left === 0) return false
      left -= 1
      return true
    },
  }
}

/** The promise's outcome, or `tooLate` once the deadline has passed; the promise itself goes on for others. */
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
