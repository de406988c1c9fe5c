import { untilAborted } from "./abort.ts"
import { isServiceError, isSuccess } from "./answers.ts"
import type { Result, TransportErrorCode } from "./result.ts"
import {
  failureOfConnection,
  isMembers,
  optionsInvalid,
  type CallFailure,
  type CallResult,
  type FunctionName,
  type Transport,
} from "./transport.ts"

/** One call of a client, which takes one or two attempts. */
export interface Call {
  readonly name: FunctionName
  readonly request: object
  /** Whether it is safe to send the request twice. False for an authorization code. */
  readonly repeatable: boolean
  readonly signal: AbortSignal | undefined
  /** The time limit of one attempt. */
  readonly timeoutMs: number
}

/** Above this, the error is returned, so that the caller can decide about the wait. */
const maxWaitSeconds = 5

/** Calls a function, and repeats the call once if that is safe and may succeed. Never repeats an authorization code. */
export async function callWithRetry<Value extends object>(
  transport: Transport,
  call: Call,
): Promise<Result<Value>> {
  const first = await attempt<Value>(transport, call)
  if (first.ok || !call.repeatable || !first.error.retryable) return first
  const seconds = first.error.retry_after_seconds ?? 0.2
  if (!(seconds <= maxWaitSeconds) || !(await wait(seconds, call.signal))) return first
  return await attempt<Value>(transport, call)
}

async function attempt<Value extends object>(transport: Transport, call: Call): Promise<Result<Value>> {
  const { name, signal } = call
  if (signal?.aborted) return failed(cancelled, call)
  const limit = timeLimit(call)
  if (limit === undefined) {
    const reason = '"timeoutMs" must be a whole number of milliseconds, and "signal" an AbortSignal.'
    return failed(optionsInvalid(reason), call)
  }
  // The credentials of the transport can be slow, too, and a transport of the caller's own may ignore the signal.
  const result = await untilAborted(send(transport, call, limit), limit, () => failureOfConnection(limit))
  if ("failure" in result) {
    // The caller's signal can abort with a TimeoutError, too: that of `AbortSignal.timeout`.
    return failed(result.failure === "no_answer" && signal?.aborted ? cancelled : result, call)
  }
  const { body } = result
  if (isMembers(body) && isServiceError(body)) return { ok: false, error: body }
  if (isMembers(body) && isSuccess(name, body)) return { ok: true, value: body as Value }
  return failed(
    { failure: "answer_unreadable", reason: `The answer is not from the function ${name}.` },
    call,
  )
}

/** Undefined if the caller's values cannot be used. */
function timeLimit({ signal, timeoutMs }: Call): AbortSignal | undefined {
  try {
    const timeout = AbortSignal.timeout(timeoutMs)
    return signal ? AbortSignal.any([signal, timeout]) : timeout
  } catch {
    return undefined
  }
}

/** Never rejects. A transport of the caller's own can throw, or return anything. */
async function send(
  transport: Partial<Transport> | undefined,
  { name, request }: Call,
  limit: AbortSignal,
): Promise<CallResult> {
  try {
    if (typeof transport?.call !== "function") {
      return optionsInvalid('The transport has no method "call".')
    }
    const result: unknown = await transport.call(name, request, limit)
    if (isCallResult(result)) return result
    return { failure: "answer_unreadable", reason: "The transport returned neither a body nor a failure." }
  } catch {
    if (limit.aborted) return failureOfConnection(limit)
    return { failure: "no_answer", reason: "The transport threw an error." }
  }
}

function isCallResult(result: unknown): result is CallResult {
  if (!isMembers(result)) return false
  if (!("failure" in result)) return "body" in result
  const { failure, reason } = result
  return typeof failure === "string" && Object.hasOwn(retryability, failure) && typeof reason === "string"
}

const cancelled: CallFailure = { failure: "cancelled", reason: "The caller cancelled the call." }

function failed(
  { failure: code, reason, retryAfterSeconds }: CallFailure,
  { repeatable }: Call,
): Result<never> {
  const when = retryability[code]
  const retryable = when === "always" || (when === "if repeatable" && repeatable)
  return {
    ok: false,
    error: {
      code,
      error_description: reason,
      retryable,
      ...(retryable && retryAfterSeconds !== undefined && { retry_after_seconds: retryAfterSeconds }),
    },
  }
}

/** Whether the same call may succeed later. A code may have been used, unless the function certainly did not run. */
const retryability: Readonly<Record<TransportErrorCode, "always" | "if repeatable" | "never">> = {
  throttled: "always",
  gateway_unavailable: "if repeatable",
  function_failed: "if repeatable",
  no_answer: "if repeatable",
  not_permitted: "never",
  not_found: "never",
  answer_unreadable: "never",
  cancelled: "never",
  options_invalid: "never",
  request_malformed: "never",
  package_missing: "never",
  refresh_token_not_stored: "never",
}

/** Returns false if the caller aborts `signal` before the time is over. */
async function wait(seconds: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal?.aborted) return false
  return await new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop)
      resolve(true)
    }, seconds * 1000)
    signal?.addEventListener("abort", stop, { once: true })
  })
}
