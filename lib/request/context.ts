import type { Config } from "../config.ts"
import type { Deadline } from "../deadline.ts"
import type { Ports } from "../ports.ts"
import type { Caller } from "./caller.ts"
import type { AnswerCookies } from "./cookies.ts"
import type { RejectionCounter } from "./rejections.ts"
import type { RequestLog } from "./request-log.ts"

/** What lives as long as Lambda's execution environment. Holds nothing about any one request. */
export interface EnvironmentContext {
  readonly config: Config
  readonly ports: Ports
  readonly rejections: RejectionCounter
}

/** What lives as long as one request, and what it may use of the environment. */
export interface RequestContext extends EnvironmentContext {
  readonly caller: Caller
  /** The end of Lambda's time, less what the answer itself needs. */
  readonly deadline: Deadline
  /** Write-only: nothing that was noted decides an answer. */
  readonly requestLog: RequestLog
  /** Cookies that the answer will set. */
  readonly cookies: AnswerCookies
}
