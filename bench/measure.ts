import { checkRows, type Check } from "./checks.ts"
import { runCold, type ColdRun } from "./cold.ts"
import type { Node } from "./nodes.ts"
import { concurrencies, farMs, type Plan } from "./plan.ts"
import { say } from "./progress.ts"
import { interleave, type ByRow } from "./rounds.ts"
import { rows, workingRows, type RowName } from "./rows.ts"
import { startStandIn, type StandIn } from "./stand-in/start.ts"
import { openThrottle } from "./throttle.ts"
import { measureHeap, measureWarm, type WarmRun } from "./warm.ts"

/** Cold starts under one set of conditions. */
export interface ColdSeries {
  readonly latencyMs: number
  /** Of the Lambda function whose share of a core the processes had; undefined for all that the machine gives. */
  readonly memoryMb: number | undefined
  readonly runs: ByRow<ColdRun>
}

/** All that was measured on one Node. */
export interface NodeResults {
  readonly node: Node
  readonly checks: ReadonlyMap<RowName, Check>
  readonly near: ColdSeries
  readonly far: ColdSeries
  /** By concurrency. */
  readonly warm: ReadonlyMap<number, ByRow<WarmRun>>
  /** Bytes per invocation. */
  readonly heap: ReadonlyMap<RowName, number>
}

export async function measureNode(node: Node, plan: Plan, peersToo: boolean): Promise<NodeResults> {
  const near = await startStandIn()
  const far = await startStandIn({ latencyMs: farMs })
  try {
    say(`Node ${node.version}: bad tokens`)
    const checks = await checkRows(node, near)
    return {
      node,
      checks,
      near: await measureCold(node, near, { latencyMs: 0, rounds: plan.coldRounds }),
      far: await measureCold(node, far, { latencyMs: farMs, rounds: plan.farRounds }),
      warm: await measureWarm(rows, concurrencies, {
        node,
        standIn: near,
        rounds: plan.warmRounds,
        invocations: plan.warmInvocations,
        onRow: (row, round, concurrency) => {
          say(
            `Node ${node.version}: warm, ${concurrency} at once, round ${round + 1} of ${plan.warmRounds}: ${row.label}`,
          )
        },
      }),
      heap: await measureHeaps(node, near, plan, peersToo),
    }
  } finally {
    await Promise.all([near.close(), far.close()])
  }
}

/** Cold starts with the CPU of smaller functions; nothing where this machine cannot throttle. */
export async function measureThrottled(node: Node, plan: Plan): Promise<ColdSeries[]> {
  const standIn = await startStandIn({ latencyMs: farMs })
  const series: ColdSeries[] = []
  try {
    for (const memoryMb of plan.throttledTo) {
      const throttle = await openThrottle(memoryMb)
      if (!throttle) {
        say("no control groups here: throttled runs are left out")
        break
      }
      const options = {
        latencyMs: farMs,
        memoryMb,
        rounds: plan.throttledRounds,
        launcher: throttle.launcher,
      }
      try {
        series.push(await measureCold(node, standIn, options))
      } finally {
        await throttle.close()
      }
    }
  } finally {
    await standIn.close()
  }
  return series
}

interface ColdConditions extends Partial<Pick<ColdSeries, "memoryMb">> {
  readonly latencyMs: number
  readonly rounds: number
  readonly launcher?: Parameters<typeof runCold>[1]["launcher"]
}

async function measureCold(
  node: Node,
  standIn: StandIn,
  { latencyMs, memoryMb, rounds, launcher }: ColdConditions,
): Promise<ColdSeries> {
  const size = memoryMb === undefined ? "" : `, CPU of ${memoryMb} MB`
  const runs = await interleave(rows, rounds, async (row, round) => {
    say(`Node ${node.version}: cold, ${latencyMs} ms${size}, round ${round + 1} of ${rounds}: ${row.label}`)
    return await runCold(row, { node: node.path, standIn, launcher })
  })
  return { latencyMs, memoryMb, runs }
}

async function measureHeaps(
  node: Node,
  standIn: StandIn,
  plan: Plan,
  peersToo: boolean,
): Promise<ReadonlyMap<RowName, number>> {
  const heap = new Map<RowName, number>()
  for (const row of workingRows) {
    const isProduct = row.kind === "product"
    const invocations = isProduct ? plan.productHeapInvocations : peersToo ? plan.peerHeapInvocations : 0
    if (invocations === 0) continue
    say(`Node ${node.version}: heap over ${invocations.toLocaleString("en")} invocations: ${row.label}`)
    heap.set(row.name, await measureHeap(row, node, standIn, invocations))
  }
  return heap
}
