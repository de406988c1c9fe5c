import { untilAborted } from "./abort.ts"
import type { CallOptions } from "./client.ts"
import { transportError, type Result } from "./result.ts"

/** Entries by key, at most `max` of them. The least recently used goes. */
export class LeastRecentlyUsed<Entry> {
  readonly #max: number
  readonly #entries = new Map<string, Entry>()

  constructor(max: number) {
    this.#max = max
  }

  get(key: string, create: () => Entry): Entry {
    const entry = this.#entries.get(key) ?? create()
    this.set(key, entry)
    return entry
  }

  set(key: string, entry: Entry): void {
    // A Map keeps the order of insertion, so the first key is the one that was used longest ago.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#max && oldest !== undefined) this.#entries.delete(oldest)
  }

  /** Removes the key if it still has that entry. */
  delete(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key)
  }

  entries(): Iterable<Entry> {
    return this.#entries.values()
  }
}

/** What all who ask for the same value at the same time wait for. */
export interface Shared<Value> {
  pending: Promise<Result<Value>> | undefined
}

/** Waits for the request that runs, or starts one. A signal ends the wait, not the request. */
export async function share<Value>(
  shared: Shared<Value>,
  request: () => Promise<Result<Value>>,
  signal: AbortSignal | undefined,
): Promise<Result<Value>> {
  if (shared.pending === undefined) {
    const pending = resultOf(request).finally(() => {
      shared.pending = undefined
    })
    shared.pending = pending
  }
  return signal ? await untilAborted(shared.pending, signal, cancelled) : await shared.pending
}

/** The result of `get` with arguments that end it before anything is looked up. */
export function refusalOf(max: number, options: CallOptions | undefined): Result<never> | undefined {
  if (!(max >= 1)) return transportError("options_invalid", "The number of entries must be at least 1.")
  const { signal } = options ?? {}
  if (signal && typeof signal.addEventListener !== "function") {
    return transportError("options_invalid", '"signal" must be an AbortSignal.')
  }
  return signal?.aborted ? cancelled() : undefined
}

function cancelled(): Result<never> {
  return transportError("cancelled", "The caller cancelled the call.")
}

/** True if every field is a text or absent, so that it can be a part of a key. */
export function isKey(...fields: readonly unknown[]): boolean {
  return fields.every((field) => field === undefined || typeof field === "string")
}

/** Never rejects. A client that is written by hand can throw, and so can a getter of an argument. */
export async function resultOf<Value>(call: () => Promise<Result<Value>>): Promise<Result<Value>> {
  try {
    return await call()
  } catch {
    return transportError("no_answer", "The client or an argument threw an error.", true)
  }
}
