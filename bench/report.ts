import { judge, judgeThrottled, type Verdict } from "./budgets.ts"
import { costReport } from "./cost.ts"
import type { Curve } from "./growth.ts"
import { table, withSpread } from "./markdown.ts"
import type { ColdSeries, NodeResults } from "./measure.ts"
import type { PageResults } from "./page/measure.ts"
import { pageReport } from "./page/report.ts"
import type { ByRow } from "./rounds.ts"
import { rows, type Row, type RowName } from "./rows.ts"
import { median, pairedRatios, spread } from "./statistics.ts"

/** All that one run of the benchmark measured. */
export interface Results {
  readonly circumstances: string
  readonly byNode: readonly NodeResults[]
  /** On the Node nearest to what is deployed. */
  readonly newest: NodeResults | undefined
  readonly throttled: readonly ColdSeries[]
  readonly growth: readonly Curve[]
  readonly pages: PageResults | undefined
}

/** What there is to say, by the region of docs/performance.md that it goes to; what was not measured has none. */
export function reportRegions(results: Results): ReadonlyMap<string, string> {
  const { byNode, newest, throttled, growth, pages } = results
  const regions = new Map<string, string>()
  if (newest) {
    regions.set("circumstances", results.circumstances)
    regions.set("checks", checksReport(newest))
    regions.set("nodes", byNode.map(nodeReport).join("\n\n"))
  }
  if (newest && throttled.length > 0) {
    regions.set("throttled", `Node ${newest.node.version}.\n\n${throttledReport(throttled)}`)
    regions.set("cost", costReport(newest, throttled))
  }
  if (growth.length > 0) regions.set("growth", growthReport(growth))
  if (pages) regions.set("page", pageReport(pages))
  return regions
}

/** Cold starts, warm costs and budgets of one Node, as tables. */
function nodeReport(results: NodeResults): string {
  return [
    `### Node ${results.node.version}`,
    "Cold: import and first exchange in a fresh process.",
    coldTable(results),
    "Warm: one process, CPU of all its threads.",
    warmTable(results),
    "Budgets.",
    verdictTable(judge(results)),
  ].join("\n\n")
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ budget, measured, isKept }) => [
    budget,
    measured,
    isKept ? "kept" : "**MISSED**",
  ])
  return table(["budget", "measured", ""], lines)
}

/** What each row makes of tokens that it must refuse, and of older ones. */
function checksReport({ checks }: NodeResults): string {
  const lines = rows.flatMap((row) => {
    const check = checks.get(row.name)
    if (!check) return []
    const accepted = check.accepted.join(", ")
    return [
      [row.label, accepted === "" ? "all" : `**NOT ${accepted}**`, check.readsOlderTokens ? "yes" : "no"],
    ]
  })
  return table(["", "bad tokens refused", "reads tokens of 2018"], lines)
}

/** Cold starts with the CPU of smaller functions. */
function throttledReport(series: readonly ColdSeries[]): string {
  const head = ["", ...series.flatMap(({ memoryMb }) => [`${memoryMb} MB, ms`, "of plain"])]
  const lines = rows.map((row) => [row.label, ...series.flatMap(({ runs }) => timeCells(row, runs))])
  return [table(head, lines), verdictTable(judgeThrottled(series))].join("\n\n")
}

function growthReport(curves: readonly Curve[]): string {
  return curves.map(curveTable).join("\n\n")
}

function coldTable({ near, far }: NodeResults): string {
  const head = ["", "ms", "of plain", `ms at ${far.latencyMs} ms`, "of plain", "CPU, ms", "memory, MB"]
  const lines = rows.map((row) => {
    const runs = near.runs.get(row.name) ?? []
    return [
      row.label,
      ...timeCells(row, near.runs),
      ...timeCells(row, far.runs),
      median(runs.map(({ cpuMs }) => cpuMs)).toFixed(0),
      median(runs.map(({ rss }) => rss / 1e6)).toFixed(0),
    ]
  })
  return table(head, lines)
}

function timeCells(row: Row, runs: ByRow<{ readonly totalMs: number; readonly isValid: boolean }>): string[] {
  return cells(row, runs, ({ totalMs }) => totalMs)
}

function warmTable({ warm, heap }: NodeResults): string {
  const concurrencies = [...warm.keys()]
  const head = [
    "",
    "CPU, µs",
    "of plain",
    "p50, ms",
    "p99, ms",
    ...concurrencies.map((concurrency) => `per second, ${concurrency} at once`),
    "heap, bytes",
  ]
  const lines = rows.map((row) => {
    const alone = warm.get(1) ?? new Map<RowName, never>()
    const runs = alone.get(row.name) ?? []
    const bytes = heap.get(row.name)
    return [
      row.label,
      ...cells(row, alone, ({ cpuUs }) => cpuUs),
      median(runs.map(({ p50Ms }) => p50Ms)).toFixed(2),
      median(runs.map(({ p99Ms }) => p99Ms)).toFixed(2),
      ...concurrencies.map((concurrency) => throughput(warm.get(concurrency)?.get(row.name) ?? [])),
      bytes === undefined ? "" : bytes.toFixed(0),
    ]
  })
  return table(head, lines)
}

function throughput(runs: readonly { readonly perSecond: number; readonly isValid: boolean }[]): string {
  return runs.every(({ isValid }) => isValid)
    ? median(runs.map(({ perSecond }) => perSecond)).toFixed(0)
    : "**INVALID**"
}

/** Median and quartiles, and the ratio to the plain stack, paired within rounds. */
function cells<T extends { readonly isValid: boolean }>(
  row: Row,
  all: ByRow<T>,
  value: (run: T) => number,
): string[] {
  const runs = all.get(row.name) ?? []
  if (!runs.every(({ isValid }) => isValid)) return ["**INVALID**", ""]
  const own = runs.map(value)
  const plain = (all.get("plain") ?? []).map(value)
  const digits = median(own) < 10 ? 1 : 0
  return [withSpread(spread(own), digits), median(pairedRatios(own, plain)).toFixed(2)]
}

function curveTable({ input, cost, points }: Curve): string {
  const head = [`${cost}, by ${input}`, ...points.map(({ value }) => String(value))]
  const names = [...(points[0]?.costs.keys() ?? [])]
  return table(
    head,
    names.map((name) => [
      rows.find((row) => row.name === name)?.label ?? name,
      ...points.map(({ costs }) => median(costs.get(name) ?? []).toFixed(0)),
    ]),
  )
}

const rowsOfReadme: readonly RowName[] = ["product", "plain", "openid-client", "middy-powertools"]

/** The few lines that the README has. */
export function summary(results: NodeResults): string {
  const { node, near, far, warm } = results
  const alone = warm.get(1) ?? new Map<RowName, never>()
  const head = ["", "cold start, ms", "ratio to plain", "warm CPU, µs", "ratio to plain", "memory, MB"]
  const shown = rows.filter(({ name }) => rowsOfReadme.includes(name))
  const lines = shown.map((row) => [
    row.label,
    ...timeCells(row, far.runs),
    ...cells(row, alone, ({ cpuUs }) => cpuUs),
    median((near.runs.get(row.name) ?? []).map(({ rss }) => rss / 1e6)).toFixed(0),
  ])
  return `${table(head, lines)}\n\nNode ${node.version}; round trips of ${far.latencyMs} ms for cold starts. Medians and quartiles.`
}
