import type { NodeResults } from "./measure.ts"
import type { ByRow } from "./rounds.ts"
import { rows, type RowName } from "./rows.ts"
import { median, pairedRatios } from "./statistics.ts"

/** A promise about speed, what was measured, and whether it was kept. Printed, never asserted: machines differ. */
export interface Verdict {
  readonly budget: string
  readonly measured: string
  readonly isKept: boolean
}

const most = {
  coldOfPlain: 0.6,
  coldOfLimit: 2.4,
  warmCpuOfPlain: 0.85,
  megabytesOverBare: 10,
  heapBytes: 50,
} as const

/** Of rounds in which the product's cold start must be the fastest. */
const leastShareOfRounds = 0.9

const peers = rows.filter(({ kind }) => kind === "peer")

export function judge({ near, far, warm, heap }: NodeResults): Verdict[] {
  const nearTimes = values(near.runs, ({ totalMs }) => totalMs)
  const farTimes = values(far.runs, ({ totalMs }) => totalMs)
  const memory = values(near.runs, ({ rss }) => rss / 1e6)
  const cpu = values(warm.get(1) ?? new Map<RowName, never>(), ({ cpuUs }) => cpuUs)
  const overBare = median(memory("product")) - median(memory("bare"))
  const bytes = heap.get("product") ?? NaN
  return [
    ratioVerdict("cold start, of plain", nearTimes, "plain", most.coldOfPlain),
    ratioVerdict(`cold start at ${far.latencyMs} ms, of plain`, farTimes, "plain", most.coldOfPlain),
    ratioVerdict("cold start, of the limit", nearTimes, "limit", most.coldOfLimit),
    fastestVerdict("cold start faster than every peer", nearTimes),
    fastestVerdict(`cold start at ${far.latencyMs} ms faster than every peer`, farTimes),
    ratioVerdict("warm CPU, of plain", cpu, "plain", most.warmCpuOfPlain),
    {
      budget: "warm CPU below every peer's, in the median",
      ...lowest(cpu),
    },
    {
      budget: `memory after the first exchange: at most bare + ${most.megabytesOverBare} MB`,
      measured: `+ ${overBare.toFixed(1)} MB`,
      isKept: overBare <= most.megabytesOverBare,
    },
    {
      budget: `heap: at most ${most.heapBytes} bytes an exchange`,
      measured: `${bytes.toFixed(1)} bytes`,
      isKept: bytes <= most.heapBytes,
    },
  ]
}

type Values = (name: RowName) => readonly number[]

function values<T>(runs: ByRow<T>, value: (run: T) => number): Values {
  return (name) => (runs.get(name) ?? []).map(value)
}

function ratioVerdict(what: string, of: Values, base: RowName, limit: number): Verdict {
  const ratio = median(pairedRatios(of("product"), of(base)))
  return { budget: `${what}: at most ${limit}`, measured: ratio.toFixed(2), isKept: ratio <= limit }
}

function fastestVerdict(what: string, of: Values): Verdict {
  const rounds = of("product")
  const won = rounds.filter((time, round) => peers.every(({ name }) => time < (of(name)[round] ?? NaN)))
  return {
    budget: `${what}: in at least 9 of 10 rounds`,
    measured: `${won.length} of ${rounds.length}`,
    isKept: won.length >= leastShareOfRounds * rounds.length,
  }
}

function lowest(of: Values): Pick<Verdict, "measured" | "isKept"> {
  const [best] = peers
    .map(({ name, label }) => ({ label, cpu: median(of(name)) }))
    .sort((a, b) => a.cpu - b.cpu)
  const own = median(of("product"))
  const next = best?.cpu ?? NaN
  return { measured: `${own.toFixed(0)} µs, ${best?.label} ${next.toFixed(0)} µs`, isKept: own < next }
}
