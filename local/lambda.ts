import { resolve } from "node:path"
import { setImmediate as eventLoopTurn } from "node:timers/promises"
import type { ExecutionEnvironment } from "./lambda/environment.ts"
import { startExecutionEnvironment } from "./lambda/environment.ts"
import type { FunctionOptions, LambdaResult } from "./lambda/function.ts"

export type { FunctionOptions, LambdaResult }

/** One function under AWS's own Node runtime client. */
export interface LocalFunction {
  readonly name: string
  /**
   * Invokes the function synchronously. As on Lambda, an environment whose process has ended is replaced at the next
   * call, and concurrent calls get separate environments.
   */
  invoke(event: unknown): Promise<LambdaResult>
  /** The process that took the latest event. Stop it with SIGSTOP to simulate Lambda's freeze. */
  readonly pid: number | undefined
  /** Ends all processes of the function. */
  close(): Promise<void>
}

/** Makes a function that can be invoked. The first call starts its first process: a cold start, as on Lambda. */
export function startFunction(options: FunctionOptions): LocalFunction {
  const environments = new Set<Promise<ExecutionEnvironment>>()
  const idle: ExecutionEnvironment[] = []
  let latest: ExecutionEnvironment | undefined
  let closed = false

  async function acquire(): Promise<ExecutionEnvironment> {
    // Two turns of the event loop, in which this process hears of one that has ended while it waited for an event.
    await eventLoopTurn()
    await eventLoopTurn()
    const warm = idle.pop()
    if (warm) return warm
    const starting = startExecutionEnvironment({ ...options, bundle: resolve(options.bundle) })
    environments.add(starting)
    return starting
  }

  return {
    name: options.name,
    async invoke(event) {
      const payload = event === undefined ? "{}" : JSON.stringify(event)
      for (;;) {
        if (closed) throw new Error(`function ${options.name} is closed`)
        const environment = await acquire()
        latest = environment
        const result = await environment.invoke(payload)
        if (environment.alive) idle.push(environment)
        else await environment.close()
        if (result) return result
      }
    },
    get pid() {
      return latest?.pid
    },
    async close() {
      closed = true
      await Promise.all([...environments].map(async (starting) => (await starting).close()))
    },
  }
}
