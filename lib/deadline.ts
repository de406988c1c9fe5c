/** A point in time by the monotonic clock after which nobody waits any more. */
export interface Deadline {
  /** Milliseconds left; zero when it has passed. */
  remainingMs(): number
}

export function deadlineIn(ms: number): Deadline {
  const end = performance.now() + ms
  return { remainingMs: () => Math.max(0, end - performance.now()) }
}

/** The earlier of a deadline and `ms` from now. */
export function within(deadline: Deadline, ms: number): Deadline {
  return deadlineIn(Math.min(ms, deadline.remainingMs()))
}

/**
 * How long each step may take (design: deadlines add up). Reading secret and key set, side by side, and then the
 * token post twice at the worst is 3 + 10 + 3 + 10 s on paper; in fact every step also ends `lambdaReserveMs` before
 * Lambda's own time is up, and the function's 20 s stay under the gateway's 30 s.
 */
export const timing = {
  connectMs: 2_000,
  keySetMs: 3_000,
  secretMs: 3_000,
  tokenPostMs: 10_000,
  tenantMs: 2_000,
  lambdaReserveMs: 500,
} as const
