/** A point in time, by the monotonic clock, at which waiting ends. */
export interface Deadline {
  /** Milliseconds left; zero when it has passed. */
  remainingMs(): number
}

/** The deadline that is `ms` milliseconds from now. */
export function deadlineIn(ms: number): Deadline {
  const end = performance.now() + ms
  return { remainingMs: () => Math.max(0, end - performance.now()) }
}

/** The earlier of a deadline and `ms` milliseconds from now. */
export function within(deadline: Deadline, ms: number): Deadline {
  return deadlineIn(Math.min(ms, deadline.remainingMs()))
}

/**
 * The time limits of the steps, in milliseconds. At worst, an exchange reads secret and key set in parallel, posts, reads
 * the secret again and posts again: 3 + 10 + 3 + 10 s. But every step also ends `lambdaReserveMs` before Lambda's own
 * time-out, which is 20 s, because the gateway waits 30 s at most.
 */
export const timing = {
  connectMs: 2_000,
  keySetMs: 3_000,
  secretMs: 3_000,
  tokenPostMs: 10_000,
  /** With less than this left, nothing is posted: its answer would come too late, and a code would be lost. */
  leastForPostMs: 1_000,
  tenantMs: 2_000,
  /** API Gateway waits 1.5 s for the key set of an issuer. */
  documentMs: 1_000,
  lambdaReserveMs: 500,
} as const
