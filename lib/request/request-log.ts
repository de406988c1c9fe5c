import type { Door } from "../contract.ts"

/** What an operator should hear of although the request was answered. A closed list: each is a metric. */
export type Warning =
  | "secret_stale"
  | "key_set_stale"
  | "client_secret_replaced"
  | "client_secret_suspected"
  | "claims_dropped"
  | "session_too_large"

/** The steps that wait for the network. */
export type Step = "secret" | "key_set" | "token" | "revocation" | "system_user" | "tenant"

/** What happened on the way, gathered for the one log line of a request. Holds nothing secret and nothing personal. */
export interface RequestLog {
  /** Undefined while the door is not known. */
  door: Door | undefined
  readonly warnings: Set<Warning>
  /** Milliseconds, added up when a step was taken twice. */
  readonly durations: Partial<Record<Step, number>>
  /** Requests with a grant or a token in them that may have reached SuperOffice. */
  posts: number
  secretVersion: string | undefined
  keyId: string | undefined
  tenant: string | undefined
  /** Runs one step and notes how long it took. */
  timed<T>(step: Step, run: () => Promise<T>): Promise<T>
}

export function startRequestLog(): RequestLog {
  const durations: Partial<Record<Step, number>> = {}
  return {
    door: undefined,
    warnings: new Set(),
    durations,
    posts: 0,
    secretVersion: undefined,
    keyId: undefined,
    tenant: undefined,
    async timed(step, run) {
      const start = performance.now()
      try {
        return await run()
      } finally {
        durations[step] = (durations[step] ?? 0) + performance.now() - start
      }
    },
  }
}
