import type { ErrorResponse } from "../../lib/contract.ts"
import type { CallError, Result, TransportErrorCode } from "./result.ts"
import type { CallFailure, FunctionName, Transport } from "./transport.ts"

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
  if (seconds > maxWaitSeconds || !(await wait(seconds, call.signal))) return first
  return await attempt<Value>(transport, call)
}

async function attempt<Value extends object>(transport: Transport, call: Call): Promise<Result<Value>> {
  const { name, request, signal, timeoutMs } = call
  if (signal?.aborted) return failed({ failure: "cancelled", reason: "The caller cancelled the call." }, call)
  const timeout = AbortSignal.timeout(timeoutMs)
  const timeoutOrSignal = signal ? AbortSignal.any([signal, timeout]) : timeout
  const result = await transport.call(name, request, timeoutOrSignal)
  if ("failure" in result) return failed(result, call)
  return isError(result.body) ? { ok: false, error: result.body } : { ok: true, value: result.body as Value }
}

function failed(
  { failure: code, reason, retryAfterSeconds }: CallFailure,
  { repeatable }: Call,
): { readonly ok: false; readonly error: CallError } {
  const retryable = code === "throttled" || (repeatable && retryableCodes.has(code))
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

const retryableCodes: ReadonlySet<TransportErrorCode> = new Set([
  "gateway_unavailable",
  "function_failed",
  "no_answer",
])

function isError(body: unknown): body is ErrorResponse {
  const { error, code, retryable } = body as Partial<Record<keyof ErrorResponse, unknown>>
  return typeof error === "string" && typeof code === "string" && typeof retryable === "boolean"
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
