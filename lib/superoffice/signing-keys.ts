import { timing, within } from "../deadline.ts"
import type { Freshness, KeySet } from "../ports.ts"
import type { Invocation } from "../request/invocation.ts"

/** SuperOffice's signing keys, from the cache or past it. Throws `key_set_unavailable`. */
export async function fetchKeySet(
  freshness: Freshness,
  { ports, requestLog, deadline }: Invocation,
): Promise<KeySet> {
  const { value, stale } = await requestLog.timed("key_set", () =>
    ports.keySet(freshness, within(deadline, timing.keySetMs)),
  )
  if (stale) requestLog.warnings.add("key_set_stale")
  return value
}
