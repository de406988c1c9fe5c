import type { Config } from "../config.ts"
import { deadlineIn, timing } from "../deadline.ts"
import { ExchangeError, type ExchangeErrorOptions } from "../errors.ts"
import { parseKeySet } from "../id-token/key-set.ts"
import type { KeySet, Ports } from "../ports.ts"
import { createCache } from "./cache.ts"

/** The age up to which a stale key set is used while the key endpoint is down. */
const staleIfErrorMs = 24 * 60 * 60 * 1000

/** Caches SuperOffice's signing keys, which are read from its key endpoint. */
export function createKeySetCache(
  config: Config,
  ports: Pick<Ports, "superOffice" | "now">,
): Ports["keySet"] {
  return createCache<KeySet>({
    read: () => fetchKeySet(config.endpoints.jwks, ports.superOffice),
    now: ports.now,
    maxAgeMs: config.keySetMaxAgeSeconds * 1000,
    staleIfErrorMs,
    // A key set that was read replaces the cached one. A failure to read it never means that keys were withdrawn.
    isPermanent: () => false,
    tooLate: () => unavailable("it did not answer before the deadline"),
  })
}

async function fetchKeySet(url: string, superOffice: Ports["superOffice"]): Promise<KeySet> {
  const request = { method: "GET", url, needsBody: (status: number) => status === 200 } as const
  const answer = await superOffice(request, deadlineIn(timing.keySetMs)).catch((cause: unknown) => {
    throw unavailable("it cannot be reached", { cause })
  })
  const { status, retryAfterSeconds, body, unreadable } = answer
  if (status !== 200) throw unavailable(`it answered ${status}`, { retryAfterSeconds })
  if (unreadable) throw unavailable("its answer cannot be read", { cause: unreadable, retryAfterSeconds })
  const keySet = parseKeySet(body)
  if (keySet === undefined) throw unavailable("its answer holds no usable key")
  return keySet
}

function unavailable(why: string, options?: ExchangeErrorOptions): ExchangeError {
  return new ExchangeError("key_set_unavailable", `the key endpoint gave no key set: ${why}`, options)
}
