/** Waits for a promise that never rejects, or until `signal` aborts. What is pending goes on nevertheless. */
export async function untilAborted<Value>(
  pending: Promise<Value>,
  signal: AbortSignal,
  aborted: () => Value,
): Promise<Value> {
  if (signal.aborted) return aborted()
  return await new Promise((resolve) => {
    const stop = (): void => {
      resolve(aborted())
    }
    signal.addEventListener("abort", stop, { once: true })
    void pending.then((value) => {
      signal.removeEventListener("abort", stop)
      resolve(value)
    })
  })
}
