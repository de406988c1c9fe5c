import * as vega from "vega"
import { compile, type TopLevelSpec } from "vega-lite"
import type { NodeResults } from "./measure.ts"
import { rows, type Row, type RowName } from "./rows.ts"
import { spread, type Spread } from "./statistics.ts"

/** Draws cold start, warm CPU and memory of every row, as an SVG that reads well on light and dark pages. */
export async function drawPlot(results: NodeResults): Promise<string> {
  const { near, far, warm, node } = results
  const alone = warm.get(1) ?? new Map<RowName, never>()
  const spec: TopLevelSpec = {
    background: colours.paper,
    padding: 16,
    title: {
      text: `Less is better. Node ${node.version}; medians and quartiles; cold starts at ${far.latencyMs} ms to the upstream`,
      anchor: "start",
      offset: 12,
    },
    config: {
      font: "sans-serif",
      view: { stroke: null },
      axis: {
        labelColor: colours.ink,
        titleColor: colours.ink,
        gridColor: colours.line,
        domain: false,
        ticks: false,
      },
      title: { color: colours.ink, fontWeight: "normal" },
    },
    hconcat: [
      panel("cold start, ms", true, (row) =>
        spread((far.runs.get(row.name) ?? []).map(({ totalMs }) => totalMs)),
      ),
      panel("warm exchange, µs of CPU", false, (row) =>
        spread((alone.get(row.name) ?? []).map(({ cpuUs }) => cpuUs)),
      ),
      panel("memory, MB", false, (row) =>
        spread((near.runs.get(row.name) ?? []).map(({ rss }) => rss / 1e6)),
      ),
    ],
  }
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" })
  return followTheme(await view.toSVG())
}

/** On light pages, and in their place on dark ones. */
const colours = { paper: "#ffffff", ink: "#1f2328", line: "#d1d9e0" } as const
const darkColours = { paper: "#0d1117", ink: "#e6edf3", line: "#3d444d" } as const

/** Good on both. */
const bars: Readonly<Record<Row["kind"], string>> = { product: "#2f81f7", peer: "#8b949e", mark: "#bf8700" }

type Panel = Extract<TopLevelSpec, { hconcat: unknown }>["hconcat"][number]

function panel(title: string, hasLabels: boolean, figure: (row: Row) => Spread): Panel {
  const order = rows.map(({ label }) => label)
  const y = {
    field: "label",
    type: "nominal",
    sort: order,
    title: null,
    axis: hasLabels ? { labelLimit: 400 } : null,
  } as const
  return {
    title: { text: title, anchor: "start" },
    width: 210,
    height: { step: 22 },
    data: { values: rows.map((row) => ({ label: row.label, kind: row.kind, ...figure(row) })) },
    layer: [
      {
        mark: { type: "bar", height: 14 },
        encoding: {
          y,
          x: { field: "median", type: "quantitative", title: null, axis: { tickCount: 4 } },
          color: {
            field: "kind",
            type: "nominal",
            legend: null,
            scale: { domain: Object.keys(bars), range: Object.values(bars) },
          },
        },
      },
      {
        mark: { type: "rule", color: colours.ink },
        encoding: { y, x: { field: "low", type: "quantitative" }, x2: { field: "high" } },
      },
      {
        mark: { type: "text", align: "left", dx: 6, color: colours.ink },
        encoding: { y, x: { field: "high", type: "quantitative" }, text: { field: "median", format: ".0f" } },
      },
    ],
  }
}

/** Swaps paper, ink and lines where the page is dark. The paper is drawn, so a mismatch is readable as well. */
function followTheme(svg: string): string {
  const rules = (Object.keys(colours) as (keyof typeof colours)[]).map(
    (name) =>
      `[fill="${colours[name]}"] { fill: ${darkColours[name]} } [stroke="${colours[name]}"] { stroke: ${darkColours[name]} }`,
  )
  const style = `<style>@media (prefers-color-scheme: dark) { ${rules.join(" ")} }</style>`
  return `${svg.replace(/^(<svg[^>]*>)/, `$1${style}`)}\n`
}
