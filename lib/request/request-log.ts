import type { Door } from "../contract.ts"

/** What an operator must know about a request beside its code. A closed list: each is counted as a metric. */
export type Warning =
  | "secret_stale"
  | "key_set_stale"
  | "client_secret_replaced"
  | "client_secret_suspected"
  | "client_secret_expiring"
  | "client_secret_expires_unreadable"
  | "claims_dropped"
  | "session_too_large"
  | "session_user_changed"

/** The steps that wait for the network. */
export type Step = "secret" | "key_set" | "token" | "revocation" | "system_user" | "tenant"

/**
 * What a log line says about a request beside its outcome. Nothing secret, and of the user only the number that SuperOffice's
 * audit asks for.
 */
export interface RequestFacts {
  readonly door: Door
  /** As the request has it. Not trusted: any program can send it. */
  readonly origin: string | undefined
  readonly secretVersion: string
  readonly keyId: string | undefined
  readonly tenant: string
  /** The user's number, which says nothing outside the tenant. */
  readonly associateId: number | undefined
}

/**
 * Gathers what one log line says about a request. Write-only for the code that serves the request: whoever changes what is
 * logged cannot change what is answered.
 */
export interface RequestLog {
  /** Notes facts; a later one replaces an earlier one. */
  note(facts: Partial<RequestFacts>): void
  warn(warning: Warning): void
  /** Adds to the duration of a step, in milliseconds. */
  addDuration(step: Step, ms: number): void
  /** Counts a request with a grant or a token in it that may have reached SuperOffice. */
  countPost(): void
}

/** A request log that can be read. Only the code that writes the log line has it. */
export interface RecordedRequestLog extends RequestLog {
  readonly facts: Partial<RequestFacts>
  readonly warnings: ReadonlySet<Warning>
  readonly durations: Readonly<Partial<Record<Step, number>>>
  readonly posts: number
}

/** Starts the log of one request. */
export function startRequestLog(): RecordedRequestLog {
  const facts: Partial<RequestFacts> = {}
  const warnings = new Set<Warning>()
  const durations: Partial<Record<Step, number>> = {}
  let posts = 0
  return {
    facts,
    warnings,
    durations,
    get posts() {
      return posts
    },
    note(more) {
      Object.assign(facts, more)
    },
    warn(warning) {
      warnings.add(warning)
    },
    addDuration(step, ms) {
      durations[step] = (durations[step] ?? 0) + ms
    },
    countPost() {
      posts += 1
    },
  }
}
