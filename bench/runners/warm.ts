// A process that stays: it invokes a bundle as often as its parent says, and tells what that took.
import { eventFor, invocationContext, isRight, readAnswer, type Door } from "../work.ts"

export interface WarmTask {
  readonly code: string
  /** In place of the event for the code. Its answer is right if it is a 200. */
  readonly event?: object
  readonly concurrency: number
  readonly invocations: number
  /** How often the heap is looked at, after a collection. */
  readonly heapSamples?: number
}

export interface WarmOutcome {
  /** Of the whole process, per invocation. */
  readonly cpuUs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly perSecond: number
  readonly wrong: number
  readonly heap: readonly (readonly [invocations: number, bytes: number])[]
}

type Handler = (event: object, context: object) => Promise<unknown>

const [bundle, door] = process.argv.slice(2) as [string, Door]
// eslint-disable-next-line @typescript-eslint/no-require-imports -- as Lambda loads a CommonJS handler
const { handler } = require(bundle) as { readonly handler: Handler }
const context = invocationContext()

process.on("disconnect", () => process.exit())
process.on("message", (task: WarmTask) => {
  void run(task).then((outcome) => process.send?.(outcome))
})

async function run(task: WarmTask): Promise<WarmOutcome> {
  const { concurrency, invocations, heapSamples = 0 } = task
  const times = new Float64Array(invocations)
  const heap: [number, number][] = []
  const sampleEvery = Math.ceil(invocations / heapSamples)
  let begun = 0
  let wrong = 0
  const caller = async (): Promise<void> => {
    while (begun < invocations) {
      const index = begun++
      const before = performance.now()
      const isFine = await invoke(task)
      times[index] = performance.now() - before
      if (!isFine) wrong += 1
      if (index % sampleEvery === sampleEvery - 1) {
        globalThis.gc?.()
        heap.push([index, process.memoryUsage().heapUsed])
      }
    }
  }
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: concurrency }, caller))
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  times.sort()
  return {
    cpuUs: (user + system) / invocations,
    p50Ms: times[Math.floor(invocations * 0.5)] ?? NaN,
    p99Ms: times[Math.floor(invocations * 0.99)] ?? NaN,
    perSecond: invocations / seconds,
    wrong,
    heap,
  }
}

async function invoke({ code, event }: WarmTask): Promise<boolean> {
  try {
    if (event) return ((await handler(event, context)) as { statusCode?: number }).statusCode === 200
    return isRight(readAnswer(door, await handler(eventFor(door, code), context)))
  } catch {
    return false
  }
}
