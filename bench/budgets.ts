import type { ColdSeries, NodeResults } from "./measure.ts"
import type { ByRow } from "./rounds.ts"
import { rows, type RowName } from "./rows.ts"
import { median, pairedRatios } from "./statistics.ts"

/** A promise about speed, what was measured, and whether it was kept. Printed, never asserted: machines differ. */
export interface Verdict {
  readonly budget: string
  readonly measured: string
  readonly isKept: boolean
}

/** Ratios, megabytes and bytes. docs/performance.md says what each is taken against. */
const most = {
  nearOfPlain: 0.55,
  farOfPlain: 0.5,
  farOfLimit: 1.18,
  throttledOfPlain: 0.5,
  warmCpuOfPlain: 0.85,
  megabytesOverLimit: 4,
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
  const overLimit = median(memory("product")) - median(memory("limit"))
  const bytes = heap.get("product") ?? NaN
  return [
    ratioVerdict("cold start, of plain", nearTimes, "plain", most.nearOfPlain),
    ratioVerdict(`cold start at ${far.latencyMs} ms, of plain`, farTimes, "plain", most.farOfPlain),
    ratioVerdict(`cold start at ${far.latencyMs} ms, of the limit`, farTimes, "limit", most.farOfLimit),
    fastestVerdict("cold start faster than every peer", nearTimes),
    fastestVerdict(`cold start at ${far.latencyMs} ms faster than every peer`, farTimes),
    ratioVerdict("warm CPU, of plain", cpu, "plain", most.warmCpuOfPlain),
    {
      budget: "warm CPU below every peer's, in the median",
      ...lowest(cpu),
    },
    {
      budget: `memory after the first exchange: at most the limit's + ${most.megabytesOverLimit} MB`,
      measured: `${overLimit < 0 ? "-" : "+"} ${Math.abs(overLimit).toFixed(1)} MB`,
      isKept: overLimit <= most.megabytesOverLimit,
    },
    {
      budget: `heap: at most ${most.heapBytes} bytes an exchange`,
      measured: `${bytes.toFixed(1)} bytes`,
      isKept: bytes <= most.heapBytes,
    },
  ]
}

/** The size that serverless.yml gives to a function. */
const deployedMb = 1024

/** The budget for the CPU of the deployed size. Nothing where this machine cannot throttle. */
export function judgeThrottled(series: readonly ColdSeries[]): Verdict[] {
  const deployed = series.filter(({ memoryMb }) => memoryMb === deployedMb)
  return deployed.map(({ runs, latencyMs }) =>
    ratioVerdict(
      `cold start at ${latencyMs} ms with the CPU of ${deployedMb} MB, of plain`,
      values(runs, ({ totalMs }) => totalMs),
      "plain",
      most.throttledOfPlain,
    ),
  )
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
