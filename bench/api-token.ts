import { runCold } from "./cold.ts"
import { table } from "./markdown.ts"
import type { Node } from "./nodes.ts"
import { farMs, type Plan } from "./plan.ts"
import { say } from "./progress.ts"
import { interleave } from "./rounds.ts"
import { rows, type Row } from "./rows.ts"
import { startStandIn, type StandIn } from "./stand-in/start.ts"
import { median, pairedDifferences } from "./statistics.ts"
import { invocationsToWarmUp, measure, startWarm } from "./warm.ts"

/** An exchange without a token for the partner's own API, and one with it. */
const cases = [{ name: "off" }, { name: "on" }] as const

type ByCase<T> = Readonly<Record<"off" | "on", T>>

/** Measures what a token for the partner's own API adds to an exchange. Gives a table. */
export async function measureApiToken(node: Node, plan: Plan): Promise<string> {
  const product = rows.find(({ name }) => name === "product")
  if (!product) throw new Error("the product is no row")
  const near = await startStandIns(0)
  const far = await startStandIns(farMs)
  try {
    const cold = (standIns: ByCase<StandIn>, rounds: number) =>
      compare(rounds, (name) => coldStart(product, node, standIns[name]))
    return table(
      ["", "off", "on", "difference"],
      [
        ["cold start, ms", ...(await cold(near, plan.coldRounds))],
        [`cold start at ${farMs} ms, ms`, ...(await cold(far, plan.farRounds))],
        ["warm CPU, µs", ...(await warmCpu(product, node, near, plan))],
      ],
    )
  } finally {
    await Promise.all([near, far].flatMap(({ off, on }) => [off.close(), on.close()]))
  }
}

async function startStandIns(latencyMs: number): Promise<ByCase<StandIn>> {
  return {
    off: await startStandIn({ latencyMs }),
    on: await startStandIn({ latencyMs, signsApiTokens: true }),
  }
}

/** Both medians, and the median of the differences within a round. */
async function compare(rounds: number, run: (name: "off" | "on") => Promise<number>): Promise<string[]> {
  const costs = await interleave(cases, rounds, async ({ name }, round) => {
    say(`the token for the API: ${name}, round ${round + 1} of ${rounds}`)
    return await run(name)
  })
  const [off = [], on = []] = cases.map(({ name }) => costs.get(name))
  return [off, on, pairedDifferences(on, off)].map((values) => median(values).toFixed(1))
}

async function coldStart(product: Row, node: Node, standIn: StandIn): Promise<number> {
  const { isValid, totalMs } = await runCold(product, { node: node.path, standIn })
  if (!isValid) throw new Error("an exchange fails")
  return totalMs
}

async function warmCpu(
  product: Row,
  node: Node,
  standIns: ByCase<StandIn>,
  { warmRounds, warmInvocations: invocations }: Plan,
): Promise<string[]> {
  const processes = { off: startWarm(product, node, standIns.off), on: startWarm(product, node, standIns.on) }
  try {
    for (const { name } of cases) {
      await processes[name].run({ concurrency: 1, invocations: invocationsToWarmUp })
    }
    return await compare(warmRounds, async (name) => {
      const task = { concurrency: 1, invocations }
      const { cpuUs, isValid } = await measure(product, processes[name], standIns[name], task)
      if (!isValid) throw new Error("an exchange fails")
      return cpuUs
    })
  } finally {
    for (const { name } of cases) processes[name].close()
  }
}
