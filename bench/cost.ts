import { table } from "./markdown.ts"
import type { ColdSeries, NodeResults } from "./measure.ts"
import type { RowName } from "./rows.ts"
import { median } from "./statistics.ts"
import { coreShare } from "./throttle.ts"

/** Prices in USD, and what is assumed where nothing was measured. */
const inputs = {
  perGigabyteSecond: 0.0000166667,
  perMillionInvocations: 0.2,
  perMillionHttpRequests: 1.0,
  /** As serverless.yml sets it. */
  memoryMb: 1024,
  /** Until SuperOffice has answered the token request. */
  upstreamMs: 100,
  secondsOfMonth: 30 * 86_400,
} as const

/** Exchanges, in the example of a month. */
const ratePerSecond = 10
const coldShares = [0, 0.01, 1]
const compared: readonly RowName[] = ["product", "plain"]

/** A worked cost model: figures of this run, prices and waits as inputs. */
export function costReport(newest: NodeResults, throttled: readonly ColdSeries[]): string {
  const cold = throttled.find(({ memoryMb }) => memoryMb === inputs.memoryMb)
  if (!cold) return ""
  const billedMs = (name: RowName, coldShare: number): number => {
    const warmUs = median((newest.warm.get(1)?.get(name) ?? []).map(({ cpuUs }) => cpuUs))
    const warmMs = inputs.upstreamMs + warmUs / 1000 / coreShare(inputs.memoryMb)
    const coldMs = inputs.upstreamMs + median((cold.runs.get(name) ?? []).map(({ totalMs }) => totalMs))
    return coldShare * coldMs + (1 - coldShare) * warmMs
  }
  const durations = compared.map((name) => [
    name === "product" ? "this product" : "plain",
    ...coldShares.map((share) => billedMs(name, share).toFixed(0)),
  ])
  const perMonth = coldShares.map((share) => {
    const { compute, total } = monthly(ratePerSecond, billedMs("product", share))
    return `${compute.toFixed(0)} (${total.toFixed(0)}) USD`
  })
  return [
    `Inputs: ${inputs.perGigabyteSecond.toFixed(10)} USD a GB-second, ${inputs.perMillionInvocations.toFixed(2)} USD a million invocations, ` +
      `${inputs.perMillionHttpRequests.toFixed(2)} USD a million requests of the HTTP API, ${inputs.memoryMb} MB, ` +
      `${inputs.upstreamMs} ms for SuperOffice to answer, a month of 30 days. ` +
      "Billed milliseconds of one exchange, and a month of ten a second by Lambda alone (and with the HTTP API):",
    table(["", ...coldShares.map(coldText)], [...durations, ["a month", ...perMonth]]),
  ].join("\n\n")
}

function coldText(share: number): string {
  return share === 0 ? "none cold" : share === 1 ? "all cold" : `${share * 100} in 100 cold`
}

function monthly(rate: number, ms: number): { readonly compute: number; readonly total: number } {
  const exchanges = rate * inputs.secondsOfMonth
  const compute = exchanges * (ms / 1000) * (inputs.memoryMb / 1024) * inputs.perGigabyteSecond
  const requests = (exchanges / 1e6) * (inputs.perMillionInvocations + inputs.perMillionHttpRequests)
  return { compute, total: compute + requests }
}
