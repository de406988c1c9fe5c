import { timing, within, type Deadline } from "../deadline.ts"
import type { Cache, Freshness } from "../ports.ts"
import type { RequestContext } from "./context.ts"
import type { Step } from "./request-log.ts"

/** What waiting for a step needs of its request. */
type Waiting = Pick<RequestContext, "deadline" | "requestLog">

/** How long each step may take, in milliseconds. */
const stepTimeoutMs: Readonly<Record<Step, number>> = {
  secret: timing.secretMs,
  key_set: timing.keySetMs,
  token: timing.tokenPostMs,
  revocation: timing.tokenPostMs,
  system_user: timing.tokenPostMs,
  tenant: timing.tenantMs,
}

/**
 * Gets a value from a cached port, within the time of the step. Notes the duration, and warns of a stale value. Throws what
 * the port throws.
 */
export async function ask<T>(
  step: "secret" | "key_set",
  port: Cache<T>,
  freshness: Freshness,
  context: Waiting,
): Promise<T> {
  const { value, stale } = await inTime(step, (deadline) => port(freshness, deadline), context)
  if (stale) context.requestLog.warn(`${step}_stale`)
  return value
}

/** Runs a step that waits for the network, within its own time and the request's. Notes the duration in the log. */
export async function inTime<T>(
  step: Step,
  run: (deadline: Deadline) => Promise<T>,
  { deadline, requestLog }: Waiting,
): Promise<T> {
  const start = performance.now()
  try {
    return await run(within(deadline, stepTimeoutMs[step]))
  } finally {
    requestLog.addDuration(step, performance.now() - start)
  }
}
