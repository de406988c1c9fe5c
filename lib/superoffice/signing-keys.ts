import { timing, within } from "../deadline.ts"
import type { Freshness, KeySet } from "../ports.ts"
import type { Invocation } from "../request/invocation.ts"

/** SuperOffice's signing keys, from the cache or past it. Throws `key_set_unavailable`. */
export async function fetchKeySet(
  freshness: Freshness,
  { ports, trace, deadline }: Invocation,
): Promise<KeySet> {
  const { value, stale } = await trace.timed("key_set", () =>
    ports.keySet(freshness, within(deadline, timing.keySetMs)),
  )
  if (stale) trace.signals.add("key_set_stale")
  return value
}
