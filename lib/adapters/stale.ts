const maxIdleMs = 10_000

/** Whether a connection that was idle since then, by the wall clock, may be dead without our knowing. */
export function isStale(idleSince: number): boolean {
  const idleMs = Date.now() - idleSince
  return idleMs > maxIdleMs || idleMs < 0
}
