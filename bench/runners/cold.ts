// A fresh process: imports a bundle and invokes it, once for every code. The first invocation is timed. What came of it
// goes to file descriptor 3.
import { writeSync } from "node:fs"
import { eventFor, invocationContext, isRight, readAnswer, type Door } from "../work.ts"

export interface ColdTask {
  readonly bundle: string
  readonly door: Door
  readonly codes: readonly string[]
}

/** Milliseconds and bytes. */
export interface ColdOutcome {
  readonly initMs: number
  readonly totalMs: number
  readonly cpuMs: number
  readonly rss: number
  /** For each code, whether the answer was a normalized one. */
  readonly right: readonly boolean[]
}

type Handler = (event: object, context: object) => Promise<unknown>

const task = JSON.parse(process.argv[2] ?? "{}") as ColdTask
const [firstCode = ""] = task.codes
const firstEvent = eventFor(task.door, firstCode)
const context = invocationContext()

const cpuBefore = process.cpuUsage()
const startedAt = process.hrtime.bigint()
// eslint-disable-next-line @typescript-eslint/no-require-imports -- as Lambda loads a CommonJS handler
const { handler } = require(task.bundle) as { readonly handler: Handler }
const loadedAt = process.hrtime.bigint()

async function run(): Promise<void> {
  const first = await settle(handler(firstEvent, context))
  const endedAt = process.hrtime.bigint()
  const cpu = process.cpuUsage(cpuBefore)
  const rss = process.memoryUsage.rss()
  const right = [first.isRight]
  for (const code of task.codes.slice(1)) {
    right.push((await settle(handler(eventFor(task.door, code), context))).isRight)
  }
  const outcome: ColdOutcome = {
    initMs: Number(loadedAt - startedAt) / 1e6,
    totalMs: Number(endedAt - startedAt) / 1e6,
    cpuMs: (cpu.user + cpu.system) / 1000,
    rss,
    right,
  }
  writeSync(3, JSON.stringify(outcome))
  process.exit()
}

async function settle(result: Promise<unknown>): Promise<{ readonly isRight: boolean }> {
  try {
    const answer = await result
    return { isRight: isRight(readAnswer(task.door, answer)) }
  } catch {
    return { isRight: false }
  }
}

void run()
