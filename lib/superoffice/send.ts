import { timing, within } from "../deadline.ts"
import { asExchangeError, type ExchangeError } from "../errors.ts"
import type { HttpAnswer, HttpRequest } from "../ports.ts"
import { inTime } from "../request/ask.ts"
import type { RequestContext } from "../request/context.ts"
import type { Step } from "../request/request-log.ts"

/** A message to SuperOffice: how to make it from our credentials, and how to read its answer. */
export interface Message<Credentials, Value> {
  readonly step: Step
  /** False for a code, which is single-use. */
  readonly isRepeatable: boolean
  readonly request: (credentials: Credentials) => HttpRequest
  /** Reads the answer. Throws the error that the answer means. */
  readonly read: (answer: HttpAnswer) => Value
  /** Gives the credentials that replace the rejected ones. Undefined when there are none, and then nothing is sent again. */
  readonly fetchReplacement: (rejected: Rejected, used: Credentials) => Promise<Credentials | undefined>
}

/** The credential that SuperOffice may have rejected. It may also mean the grant: it does not say which. */
export type Rejected = "client_secret" | "signing_key"

/** The result of a message. */
export type Sent<Credentials, Value> = {
  /** The credentials of the last try. */
  readonly credentials: Credentials
  /** False when no try can have reached SuperOffice. */
  readonly mayHaveArrived: boolean
} & ({ readonly value: Value } | { readonly error: ExchangeError })

/**
 * Sends a message to SuperOffice, and a second time where `secondTry` says so. Never throws: `error` is what the last try
 * failed with.
 */
export async function send<Credentials, Value>(
  message: Message<Credentials, Value>,
  credentials: Credentials,
  context: RequestContext,
): Promise<Sent<Credentials, Value>> {
  const tried = new Set<SecondTry>()
  let using = credentials
  let mayHaveArrived = false
  // A repetition shares the deadline of the try before it. A try with other credentials has its own.
  let deadline = within(context.deadline, timing.tokenPostMs)
  for (;;) {
    const answered = await sendOnce(message, using, { ...context, deadline })
    mayHaveArrived ||= answered.mayHaveArrived
    const sent = { credentials: using, mayHaveArrived }
    if ("value" in answered) return { ...sent, value: answered.value }
    const next = secondTry(answered, message.isRepeatable)
    if (next === undefined || tried.has(next)) return { ...sent, error: answered.error }
    tried.add(next)
    if (next === "as it is") continue
    try {
      const replacement = await message.fetchReplacement(next, using)
      if (replacement === undefined) return { ...sent, error: answered.error }
      using = replacement
    } catch (error) {
      return { ...sent, error: asExchangeError(error) }
    }
    deadline = within(context.deadline, timing.tokenPostMs)
  }
}

/** The result of one try. */
type Answered<Value> = {
  readonly mayHaveArrived: boolean
  /** Undefined when no answer came. */
  readonly answer: HttpAnswer | undefined
} & ({ readonly value: Value } | { readonly error: ExchangeError })

async function sendOnce<Credentials, Value>(
  { step, request, read }: Message<Credentials, Value>,
  credentials: Credentials,
  context: RequestContext,
): Promise<Answered<Value>> {
  const { ports, requestLog } = context
  let answer: HttpAnswer | undefined
  let mayHaveArrived = true
  try {
    answer = await inTime(step, (deadline) => ports.superOffice(request(credentials), deadline), context)
    return { mayHaveArrived, answer, value: read(answer) }
  } catch (thrown) {
    const error = asExchangeError(thrown)
    mayHaveArrived = answer !== undefined || error.mayHaveArrived
    return { mayHaveArrived, answer, error }
  } finally {
    if (mayHaveArrived) requestLog.countPost()
  }
}

type SecondTry = "as it is" | Rejected

/**
 * Decides whether, and with what, a message is sent a second time. Each kind of second try is made once at most.
 *
 * | the first try                                                       | a code    | anything else |
 * | ------------------------------------------------------------------- | --------- | ------------- |
 * | no connection was made                                              | once more | once more     |
 * | any answer with `Retry-After`                                       | never     | never         |
 * | reset, broken off, 408, 425 or 5xx                                  | never     | once more     |
 * | 429                                                                 | never     | never         |
 * | time-out: the deadline has passed, or is less than a second away    | never     | never         |
 * | rejected, and the secret or key was replaced after it had been read | once more | once more     |
 * | rejected otherwise                                                  | never     | never         |
 *
 * docs/decisions/second-post.md says why.
 */
function secondTry(
  { error, answer, mayHaveArrived }: Answered<unknown> & { readonly error: ExchangeError },
  isRepeatable: boolean,
): SecondTry | undefined {
  const { code } = error
  // SuperOffice asked us to wait.
  if (answer?.retryAfterSeconds !== undefined) return undefined
  if (code === "signing_key_rejected") return "signing_key"
  if (code === "grant_rejected" || code === "client_rejected" || code === "system_user_rejected") {
    return "client_secret"
  }
  if (code !== "upstream_unavailable") return undefined
  if (!mayHaveArrived) return "as it is"
  return isRepeatable && answer?.status !== 429 ? "as it is" : undefined
}
