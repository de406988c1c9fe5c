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
  /** `payload` is JSON text. Resolves also when the process times out or ends; `alive` is then false. */
  invoke(payload: string): Promise<LambdaResult>
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

  function invoke(payload: string): Promise<LambdaResult> {
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
      function settle(result: unknown, functionError: LambdaResult["functionError"]): void {
        clearTimeout(timer)
        runtime.onEnd = undefined
        resolve({ payload: result, functionError, requestId })
      }
      function fail(errorType: string, reason: string): void {
        settle({ errorType, errorMessage: `RequestId: ${requestId} Error: ${reason}` }, "Unhandled")
      }
      function onTaken(): void {
        initialized = true
        limit(timeoutMs)
      }

      if (runtime.ended !== undefined) {
        fail("Runtime.ExitError", runtime.ended)
        return
      }
      runtime.onEnd = (reason) => {
        fail("Runtime.ExitError", reason)
      }
      limit(initialized ? timeoutMs : initTimeoutMs)
      const invocation = { requestId, functionArn: functionArn(options), payload, timeoutMs, onTaken }
      void api.run(invocation).then((outcome) => {
        if (outcome.kind === "init error") runtime.kill()
        settle(outcome.payload, outcome.kind === "response" ? undefined : "Unhandled")
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
      runtime.kill()
      await runtime.gone
      await api.close()
    },
  }
}
