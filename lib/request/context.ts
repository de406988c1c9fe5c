import type { Config } from "../config.ts"
import type { Deadline } from "../deadline.ts"
import type { Ports } from "../ports.ts"
import type { Caller } from "./caller.ts"
import type { AnswerCookies } from "./cookies.ts"
import type { RejectionCounter } from "./rejections.ts"
import type { RequestLog } from "./request-log.ts"

/** What all requests of one Lambda execution environment share. Contains nothing about any one request. */
export interface EnvironmentContext {
  readonly config: Config
  readonly ports: Ports
  readonly rejections: RejectionCounter
}

/** What belongs to one request, and what it shares with the others. */
export interface RequestContext extends EnvironmentContext {
  readonly caller: Caller
  /** Lambda's own time-out, less the time that writing the answer needs. */
  readonly deadline: Deadline
  /** Write-only: nothing that was noted decides an answer. */
  readonly requestLog: RequestLog
  /** Cookies that the answer will set. */
  readonly cookies: AnswerCookies
}
