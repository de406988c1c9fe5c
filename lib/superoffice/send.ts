import { timing, within, type Deadline } from "../deadline.ts"
import { ExchangeError } from "../errors.ts"
import type { Invocation } from "../request/invocation.ts"
import type { HttpAnswer, HttpRequest } from "../ports.ts"
import type { Step } from "../request/request-log.ts"

/**
 * Posts once, and a second time only when no connection was made, or when what is posted may be repeated: then also after
 * an outage. Both tries share one deadline.
 */
export async function send(
  request: HttpRequest,
  { isRepeatable, step }: { readonly isRepeatable: boolean; readonly step: Step },
  invocation: Invocation,
): Promise<HttpAnswer> {
  const deadline = within(invocation.deadline, timing.tokenPostMs)
  const once = (): Promise<HttpAnswer> =>
    invocation.requestLog.timed(step, () => sendOnce(request, deadline, invocation))
  try {
    const answer = await once()
    // A server that says when to come back is not asked again before that.
    if (!isRepeatable || answer.status < 500 || answer.retryAfterSeconds !== undefined) return answer
  } catch (error) {
    const isOutage = error instanceof ExchangeError && error.code === "upstream_unavailable"
    if (!isOutage || !(isRepeatable || error.neverSent)) throw error
  }
  return await once()
}

/** Counts what may have arrived, since that is what a code cannot be posted after. */
async function sendOnce(
  request: HttpRequest,
  deadline: Deadline,
  { ports, requestLog }: Invocation,
): Promise<HttpAnswer> {
  try {
    const answer = await ports.superOffice(request, deadline)
    requestLog.posts += 1
    return answer
  } catch (error) {
    if (!(error instanceof ExchangeError && error.neverSent)) requestLog.posts += 1
    throw error
  }
}
