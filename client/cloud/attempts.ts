import type { ErrorResponse } from "../../lib/contract.ts"
import type { CallError, Result, TransportErrorCode } from "./result.ts"
import type { Delivery, FunctionName, Transport } from "./transport.ts"

export interface Call {
  readonly name: FunctionName
  readonly request: object
  /** Whether a call that may have done its work can be made again: false for a code. */
  readonly repeatable: boolean
  readonly signal: AbortSignal | undefined
  /** How long one attempt may take. */
  readonly timeoutMs: number
}

/** A longer wait than this is the caller's to decide about. */
const longestWaitSeconds = 5

/** Calls, and calls once more if that is safe and may help. A code is sent once, whatever happens. */
export async function attempt<Value extends object>(
  transport: Transport,
  call: Call,
): Promise<Result<Value>> {
  const first = await once<Value>(transport, call)
  if (first.ok || !call.repeatable || !first.error.retryable) return first
  const seconds = first.error.retry_after_seconds ?? 0.2
  if (seconds > longestWaitSeconds || !(await waited(seconds, call.signal))) return first
  return await once<Value>(transport, call)
}

async function once<Value extends object>(transport: Transport, call: Call): Promise<Result<Value>> {
  const { name, request, signal, timeoutMs } = call
  if (signal?.aborted) return failed({ failure: "cancelled", reason: "The call was cancelled." }, call)
  const timeout = AbortSignal.timeout(timeoutMs)
  const either = signal ? AbortSignal.any([signal, timeout]) : timeout
  const delivery = await transport.call(name, request, either)
  if ("failure" in delivery) return failed(delivery, call)
  return isError(delivery.body)
    ? { ok: false, error: delivery.body }
    : { ok: true, value: delivery.body as Value }
}

function failed(
  { failure: code, reason, retryAfterSeconds }: Extract<Delivery, { failure: unknown }>,
  { repeatable }: Call,
): { readonly ok: false; readonly error: CallError } {
  const retryable = code === "throttled" || (repeatable && mayHelpToRepeat.has(code))
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

const mayHelpToRepeat: ReadonlySet<TransportErrorCode> = new Set([
  "gateway_unavailable",
  "function_failed",
  "no_answer",
])

function isError(body: unknown): body is ErrorResponse {
  const { error, code, retryable } = body as Partial<Record<keyof ErrorResponse, unknown>>
  return typeof error === "string" && typeof code === "string" && typeof retryable === "boolean"
}

/** False when the caller lost interest meanwhile. */
async function waited(seconds: number, signal: AbortSignal | undefined): Promise<boolean> {
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
