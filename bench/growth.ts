import { runCold } from "./cold.ts"
import type { Curve } from "./curve.ts"
import type { Node } from "./nodes.ts"
import type { Plan } from "./plan.ts"
import { say } from "./progress.ts"
import { interleave, type ByRow } from "./rounds.ts"
import { rows, type Row } from "./rows.ts"
import { refreshBySessions } from "./sessions.ts"
import { startStandIn, type StandIn } from "./stand-in/start.ts"
import { goodToken, paddedToken, paddings } from "./stand-in/tokens.ts"
import { invocationsToWarmUp, measure, startWarm, type WarmProcess } from "./warm.ts"

const keyCounts = [1, 10, 100]
const concurrencies = [1, 2, 5, 10, 20, 50, 100, 200]
const compared = rows.filter(({ name }) => name === "product" || name === "plain")

/** How costs grow with keys in the set, with the size of the ID Token, and with what goes on at once. */
export async function measureGrowth(node: Node, plan: Plan): Promise<Curve[]> {
  return [
    await curve("keys in the set", "cold CPU, ms", keyCounts, (keys) => coldWithKeys(node, plan, keys)),
    await curve("keys in the set", "warm CPU, µs", keyCounts, (keys) =>
      withWarmRows(node, { keys }, (run) => run(plan, goodToken, 1)),
    ),
    ...(await withWarmRows(node, {}, async (run) => [
      await curve("KB that the ID Token is longer by", "warm CPU, µs", paddings, (kilobytes) =>
        run(plan, paddedToken(kilobytes), 1),
      ),
      await curve("exchanges at once", "warm CPU, µs", concurrencies, (concurrency) =>
        run(plan, goodToken, concurrency),
      ),
    ])),
    await refreshBySessions(node, plan),
  ]
}

async function curve(
  input: string,
  cost: string,
  values: readonly number[],
  costsAt: (value: number) => Promise<ByRow<number>>,
): Promise<Curve> {
  const points = []
  for (const value of values) {
    say(`growth of ${cost} with ${input}: ${value}`)
    points.push({ value, costs: await costsAt(value) })
  }
  return { input, cost, points }
}

async function coldWithKeys(node: Node, plan: Plan, keys: number): Promise<ByRow<number>> {
  const standIn = await startStandIn({ keys })
  try {
    return await interleave(compared, plan.growthRounds, async (row) => {
      return (await runCold(row, { node: node.path, standIn })).cpuMs
    })
  } finally {
    await standIn.close()
  }
}

/** Warm CPU of every row, in µs per exchange. */
type RunWarm = (plan: Plan, code: string, concurrency: number) => Promise<ByRow<number>>

/** Lends processes that are warmed up. */
async function withWarmRows<T>(
  node: Node,
  options: Parameters<typeof startStandIn>[0],
  use: (run: RunWarm) => Promise<T>,
): Promise<T> {
  const standIn = await startStandIn(options)
  const processes = new Map(compared.map((row) => [row.name, startWarm(row, node, standIn)]))
  try {
    for (const process of processes.values())
      await process.run({ concurrency: 1, invocations: invocationsToWarmUp })
    return await use((plan, code, concurrency) =>
      interleave(compared, plan.growthRounds, (row) => {
        const process = processes.get(row.name)
        if (!process) throw new Error(`${row.label} has no process`)
        return warmCpu(row, process, standIn, { code, concurrency, invocations: plan.warmInvocations })
      }),
    )
  } finally {
    for (const process of processes.values()) process.close()
    await standIn.close()
  }
}

async function warmCpu(
  row: Row,
  process: WarmProcess,
  standIn: StandIn,
  task: Parameters<WarmProcess["run"]>[0],
): Promise<number> {
  const { cpuUs, isValid } = await measure(row, process, standIn, task)
  if (!isValid)
    throw new Error(`${row.label} fails with ${task.code ?? goodToken}, ${task.concurrency} at once`)
  return cpuUs
}
