import { randomUUID } from "node:crypto"
import type { FunctionOptions, LambdaResult } from "./function.ts"
import { startProcess } from "./process.ts"
import { startRuntimeApi } from "./runtime-api.ts"
import { functionArn } from "./variables.ts"

/** One execution environment: a process that handles one event at a time, until it ends. */
export interface ExecutionEnvironment {
  readonly pid: number | undefined
  /** False once the process has ended or is being ended. */
  readonly alive: boolean
  /**
   * `payload` is JSON text. Resolves also when the process times out or ends; `alive` is then false. Undefined when the
   * process ended by itself before it took the event, so that another one can take it.
   */
  invoke(payload: string): Promise<LambdaResult | undefined>
  /** Ends the process, and resolves when it has ended. */
  close(): Promise<void>
}

/** Lambda's limit for init, whatever the function's time-out. */
const initTimeoutMs = 10_000

/** Starts the process. The first event waits until init, the loading of the bundle, is done. */
export async function startExecutionEnvironment(options: FunctionOptions): Promise<ExecutionEnvironment> {
  const { timeoutMs = 20_000 } = options
  const api = await startRuntimeApi()
  const runtime = startProcess(options, api)
  let initialized = false
  let isClosed = false

  function invoke(payload: string): Promise<LambdaResult | undefined> {
    const requestId = randomUUID()
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      function limit(ms: number): void {
        clearTimeout(timer)
        timer = setTimeout(() => {
          runtime.kill()
          fail("Sandbox.Timedout", `Task timed out after ${(ms / 1000).toFixed(2)} seconds`)
        }, ms)
      }
      function settle(result: Omit<LambdaResult, "requestId"> | undefined): void {
        clearTimeout(timer)
        runtime.onEnd = undefined
        resolve(result && { ...result, requestId })
      }
      function fail(errorType: string, reason: string): void {
        const errorMessage = `RequestId: ${requestId} Error: ${reason}`
        settle({ payload: { errorType, errorMessage }, functionError: "Unhandled" })
      }
      function onTaken(): void {
        isTaken = true
        initialized = true
        limit(timeoutMs)
      }
      function end(reason: string): void {
        if (isTaken || isClosed) fail("Runtime.ExitError", reason)
        else settle(undefined)
      }

      // Lambda reports an init that fails with the event that it was for.
      let isTaken = !initialized
      if (runtime.ended !== undefined) {
        end(runtime.ended)
        return
      }
      runtime.onEnd = end
      limit(initialized ? timeoutMs : initTimeoutMs)
      const invocation = { requestId, functionArn: functionArn(options), payload, timeoutMs, onTaken }
      void api.run(invocation).then((outcome) => {
        if (outcome.kind === "init error") runtime.kill()
        const functionError = outcome.kind === "response" ? undefined : "Unhandled"
        settle({ payload: outcome.payload, functionError })
      })
    })
  }

  return {
    get pid() {
      return runtime.pid
    },
    get alive() {
      return runtime.alive
    },
    invoke,
    async close() {
      isClosed = true
      runtime.kill()
      await runtime.gone
      await api.close()
    },
  }
}
