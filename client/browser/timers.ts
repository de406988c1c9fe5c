import { TokenExchangeError } from "./error.ts"

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}

/** For browsers without `AbortSignal.timeout`, e.g. Safari 15. To abort what is finished does nothing. */
export function abortAfter(milliseconds: number): AbortSignal {
  const controller = new AbortController()
  void sleep(milliseconds).then(() => {
    controller.abort()
  })
  return controller.signal
}

/** Ends the wait when the caller's signal aborts. What is waited for goes on. */
export function unlessAborted<Answer>(
  promise: Promise<Answer>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    promise.then(resolve, reject)
    const abort = (): void => {
      reject(new TokenExchangeError("cancelled", undefined, { cause: signal?.reason as unknown }))
    }
    signal?.addEventListener("abort", abort)
    if (signal?.aborted) abort()
  })
}
