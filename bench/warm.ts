import { fork } from "node:child_process"
import { once } from "node:events"
import { slope } from "../harness/figures.ts"
import type { Node } from "./nodes.ts"
import { interleave, type ByRow } from "./rounds.ts"
import { benchFolder, type Row } from "./rows.ts"
import type { WarmOutcome, WarmTask } from "./runners/warm.ts"
import type { StandIn } from "./stand-in/start.ts"
import { goodToken } from "./stand-in/tokens.ts"

/** A process that has long been started. */
export interface WarmProcess {
  readonly run: (task: Omit<WarmTask, "code"> & { readonly code?: string }) => Promise<WarmOutcome>
  readonly close: () => void
}

/** Starts a process for a row; its first exchanges are the caller's to make. */
export function startWarm(row: Row, node: Node, standIn: StandIn): WarmProcess {
  const child = fork(`${benchFolder}runners/warm.cjs`, [row.bundle, row.door], {
    execPath: node.path,
    execArgv: ["--expose-gc"],
    env: { ...standIn.env },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  })
  return {
    run: async (task) => {
      child.send({ code: goodToken, ...task } satisfies WarmTask)
      const [outcome] = (await once(child, "message")) as [WarmOutcome]
      return outcome
    },
    close: () => child.kill(),
  }
}

/** One measurement of many invocations. */
export interface WarmRun extends WarmOutcome {
  /** Every answer was right, and for each the token endpoint was asked. */
  readonly isValid: boolean
}

export interface WarmOptions {
  readonly node: Node
  readonly standIn: StandIn
  readonly rounds: number
  readonly invocations: number
  readonly onRow: (row: Row, round: number, concurrency: number) => void
}

/** After this many the compiler has done most of its work. */
export const invocationsToWarmUp = 3_000

/** Every row in a process of its own, all of them alive at once, taking turns; for each concurrency. */
export async function measureWarm(
  rows: readonly Row[],
  concurrencies: readonly number[],
  { node, standIn, rounds, invocations, onRow }: WarmOptions,
): Promise<ReadonlyMap<number, ByRow<WarmRun>>> {
  const processes = new Map(rows.map((row) => [row, startWarm(row, node, standIn)]))
  try {
    for (const process of processes.values())
      await process.run({ concurrency: 1, invocations: invocationsToWarmUp })
    const results = new Map<number, ByRow<WarmRun>>()
    // The fewest first: connections that more at once have left behind are no part of one at a time.
    for (const concurrency of concurrencies) {
      const runs = await interleave(rows, rounds, async (row, round) => {
        onRow(row, round, concurrency)
        const process = processes.get(row)
        if (!process) throw new Error(`${row.label} has no process`)
        return await measure(row, process, standIn, { concurrency, invocations })
      })
      results.set(concurrency, runs)
    }
    return results
  } finally {
    for (const process of processes.values()) process.close()
  }
}

/** Measures once the connections for this concurrency are made. */
export async function measure(
  row: Row,
  process: WarmProcess,
  standIn: StandIn,
  task: Parameters<WarmProcess["run"]>[0],
): Promise<WarmRun> {
  await process.run({ ...task, invocations: 2 * task.concurrency + 10 })
  await standIn.calls()
  const outcome = await process.run(task)
  const { token } = await standIn.calls()
  return { ...outcome, isValid: row.name === "bare" || (outcome.wrong === 0 && token === task.invocations) }
}

/** Bytes that the heap grows by with each invocation, when the first quarter is left out as warm-up. */
export async function measureHeap(
  row: Row,
  node: Node,
  standIn: StandIn,
  invocations: number,
): Promise<number> {
  const process = startWarm(row, node, standIn)
  try {
    const { heap, wrong } = await process.run({ concurrency: 10, invocations, heapSamples: 40 })
    return wrong === 0 || row.name === "bare" ? slope(heap.slice(heap.length / 4)) : NaN
  } finally {
    process.close()
  }
}
