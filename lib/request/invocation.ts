import type { Config } from "../config.ts"
import type { Deadline } from "../deadline.ts"
import type { AnswerCookies } from "./cookies.ts"
import type { Caller } from "./caller.ts"
import type { Ports } from "../ports.ts"
import type { RejectionCounter } from "./rejections.ts"
import type { RequestLog } from "./request-log.ts"

/** Everything a function may use while it serves one request; nothing of it but the ports outlives the request. */
export interface Invocation {
  readonly config: Config
  readonly ports: Ports
  readonly caller: Caller
  /** The end of Lambda's time, less what the answer itself needs. */
  readonly deadline: Deadline
  readonly requestLog: RequestLog
  /** Cookies that the answer will set. */
  readonly cookies: AnswerCookies
  readonly rejections: RejectionCounter
}
