import { circumstances } from "../harness/figures.ts"
import { judge, judgeThrottled, type Verdict } from "./budgets.ts"
import { costReport } from "./cost.ts"
import type { Curve } from "./curve.ts"
import { table, withSpread } from "./markdown.ts"
import type { ColdSeries, NodeResults } from "./measure.ts"
import type { PageResults } from "./page/measure.ts"
import { pageReport } from "./page/report.ts"
import type { ByRow } from "./rounds.ts"
import { rows, type Row, type RowName } from "./rows.ts"
import { median, pairedRatios, spread } from "./statistics.ts"

/** All that one run of the benchmark measured. */
export interface Results {
  readonly byNode: readonly NodeResults[]
  /** On the Node nearest to what is deployed. */
  readonly newest: NodeResults | undefined
  readonly throttled: readonly ColdSeries[]
  readonly growth: readonly Curve[]
  readonly pages: PageResults | undefined
}

/** What there is to say, by the region of docs/performance.md that it goes to; what was not measured has none. */
export function reportRegions(results: Results): ReadonlyMap<string, string> {
  const { newest, throttled, growth, pages } = results
  const regions = new Map<string, string>()
  if (newest) {
    regions.set("node", nodeReport(newest))
  }
  if (newest && throttled.length > 0) {
    regions.set("throttled", throttledReport(throttled))
    regions.set("cost", costReport(newest, throttled))
  }
  if (growth.length > 0) regions.set("growth", growthReport(growth))
  if (pages) regions.set("page", pageReport(pages))
  return regions
}

/** Cold starts, warm costs and budgets of one Node, as tables. */
export function nodeReport(results: NodeResults): string {
  return [
    `${circumstances(results.node.version)} ${checksReport(results)} Cold:`,
    coldTable(results),
    "Warm:",
    warmTable(results),
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

/** What the rows make of tokens that they must refuse, and of older ones. */
function checksReport({ checks }: NodeResults): string {
  const checked = rows.flatMap(({ name, label }) => {
    const check = checks.get(name)
    return check ? [{ label, ...check }] : []
  })
  const accepting = checked.filter(({ accepted }) => accepted.length > 0)
  const readers = checked.filter(({ readsOlderTokens }) => readsOlderTokens).map(({ label }) => label)
  return [
    ...accepting.map(({ label, accepted }) => `**${label} accepts ${accepted.join(", ")}.**`),
    ...(accepting.length === 0 ? ["All rows refuse all bad tokens."] : []),
    `Tokens of 2018 are read by ${readers.join(", ") || "none"}.`,
  ].join(" ")
}

const throttledRows: readonly RowName[] = ["product", "plain", "limit"]

/** Cold starts with the CPU of smaller functions. */
function throttledReport(series: readonly ColdSeries[]): string {
  const head = ["", ...series.flatMap(({ memoryMb }) => [`${memoryMb} MB, ms`, "of plain"])]
  const shown = rows.filter(({ name }) => throttledRows.includes(name))
  const lines = shown.map((row) => [row.label, ...series.flatMap(({ runs }) => timeCells(row, runs))])
  const verdicts = judgeThrottled(series).map(
    ({ budget, measured, isKept }) =>
      `Budget: ${budget}; measured ${measured}, ${isKept ? "kept" : "**MISSED**"}.`,
  )
  return [table(head, lines), ...verdicts].join("\n\n")
}

function growthReport(curves: readonly Curve[]): string {
  return curves.map(curveLine).join("\n")
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

/** One line: what the product costs at each value, beside plain at the first and the last. */
function curveLine({ input, cost, points }: Curve): string {
  const costAt = (row: RowName) => (point: Curve["points"][number] | undefined) =>
    median(point?.costs.get(row) ?? []).toFixed(0)
  const own = points.map((point) => `${costAt("product")(point)} at ${point.value}`).join(", ")
  const [first, last] = [points[0], points.at(-1)].map(costAt("plain"))
  const beside = points[0]?.costs.has("plain") ? ` (plain: ${first} and ${last})` : ""
  return `- **${cost}, by ${input}**: ${own}${beside}`
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
