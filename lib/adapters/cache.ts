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

/** Reads past the copy, for a value that may have been replaced. */
const forcedReads = { most: 3, refillMs: 10_000 } as const

/** Reads after a failure, while there is no copy to use. */
const hopefulReads = { most: 5, refillMs: 1_000 } as const

/**
 * Keeps one copy of a value that lives elsewhere, so that the outage of a helper does not reach callers and a stream of
 * bad requests does not reach the helper:
 *
 * - one read is in flight at a time, shared by everybody who waits, each until their own deadline;
 * - a copy past its age is used on while reading fails, with a back-off between tries; a definite answer ends its use;
 * - reads past the copy are limited to three, refilled one per 10 s; beyond that the copy is given as it is;
 * - without a copy, reads after a failure are limited to five, refilled one per second; beyond that the failure stands.
 */
export function holdCopy<T>(options: HeldCopyOptions<T>): HeldCopy<T> {
  let copy: Copy<T> | undefined
  let failure: { readonly error: unknown; readonly retryAt: number; readonly waitMs: number } | undefined
  let inFlight: Promise<Copy<T>> | undefined
  const forced = limitReads(options.now, forcedReads)
  const hopeful = limitReads(options.now, hopefulReads)
  const time = (): number => options.now().getTime()

  /** Starts a read, or joins the one in flight. */
  function refresh(): Promise<Copy<T>> {
    inFlight ??= read().finally(() => {
      inFlight = undefined
    })
    return inFlight
  }

  async function read(): Promise<Copy<T>> {
    try {
      const value = await options.read()
      copy = { value, readAt: options.now() }
      failure = undefined
      return copy
    } catch (error) {
      if (options.isDefinite(error)) copy = undefined
      const waitMs = failure ? Math.min(failure.waitMs * 2, backOffMs.most) : backOffMs.first
      failure = { error, retryAt: time() + waitMs, waitMs }
      throw error
    }
  }

  /** A read that was already in flight may have begun in another life of a frozen environment: its failure is not ours. */
  async function refreshWithin(deadline: Deadline): Promise<Copy<T>> {
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

  /** A read that began before the value was found wanting may still bring the old one, so it is waited for, not used. */
  async function readAnew(deadline: Deadline): Promise<Copy<T>> {
    if (inFlight) await before(deadline, inFlight, options.tooLate).catch(() => undefined)
    return await before(deadline, refresh(), options.tooLate)
  }

  async function readFirst(deadline: Deadline): Promise<Copy<T>> {
    if (failure && !inFlight && !hopeful.take()) throw failure.error
    return await refreshWithin(deadline)
  }

  return async (freshness, deadline) => {
    const held = copy
    if (held === undefined) return { ...(await readFirst(deadline)), stale: false }
    if (freshness === "reread" && forced.take()) return { ...(await readAnew(deadline)), stale: false }
    const age = time() - held.readAt.getTime()
    // A clock that was set back says nothing about the age.
    if (age >= 0 && age < options.maxAgeMs) return { ...held, stale: false }
    const mayBeUsedOn = age < options.maxStaleMs
    if (mayBeUsedOn && failure && time() < failure.retryAt) return { ...held, stale: true }
    try {
      return { ...(await refreshWithin(deadline)), stale: false }
    } catch (error) {
      if (options.isDefinite(error) || !mayBeUsedOn) throw error
      return { ...held, stale: true }
    }
  }
}

interface Copy<T> {
  readonly value: T
  readonly readAt: Date
}

interface Limit {
  readonly most: number
  readonly refillMs: number
}

/** A bucket of reads, refilled by the wall clock, since timers stand still in a frozen environment. */
function limitReads(now: () => Date, { most, refillMs }: Limit): { take(): boolean } {
  let left = most
  let refilledAt = now().getTime()
  return {
    take() {
      const time = now().getTime()
      const refill = Math.floor((time - refilledAt) / refillMs)
      if (refill > 0) {
        left = Math.min(most, left + refill)
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
