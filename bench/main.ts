// Speed, measured against what a user would pick instead: `npm run bench`. The tables go to stdout, all figures to
// reports/bench.json, and with `-- --write` into docs/performance.md and README.md.
//   --quick          fewer rounds: less than three minutes on one Node
//   --growth         the growth curves only
//   --page           what a page waits for only; it needs Chromium
//   --api-token      only what a token for the partner's own API costs
//   --replacements   only what early connections and each replaced file of the AWS SDK save of a cold start
//   --node PATH      a Node to run the rows on, repeated for several; the running one unless given
import { mkdir, writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { measureApiToken } from "./api-token.ts"
import { buildPeers } from "./build.ts"
import { measureGrowth } from "./growth.ts"
import { measureNode, measureThrottled, type NodeResults } from "./measure.ts"
import { findNodes, newestOf } from "./nodes.ts"
import { measurePages } from "./page/measure.ts"
import { writePages } from "./pages.ts"
import { fullPlan, quickPlan } from "./plan.ts"
import { say } from "./progress.ts"
import { measureReplacements } from "./replacements.ts"
import { nodeReport, reportRegions, type Results } from "./report.ts"

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    growth: { type: "boolean", default: false },
    page: { type: "boolean", default: false },
    "api-token": { type: "boolean", default: false },
    replacements: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    node: { type: "string", multiple: true, default: [] },
  },
})
const plan = values.quick ? quickPlan : fullPlan
const nodes = findNodes(values.node)
const newest = newestOf(nodes)

await buildPeers()
if (values.replacements) await show(measureReplacements(newest, plan.replacementRounds))
else if (values["api-token"]) await show(measureApiToken(newest, plan))
else await measureRows()

async function show(table: Promise<string>): Promise<void> {
  const text = await table
  say("done\n")
  console.log(text)
}

async function measureRows(): Promise<void> {
  const isWhole = !values.growth && !values.page
  const byNode: NodeResults[] = []
  if (isWhole) {
    for (const node of nodes) byNode.push(await measureNode(node, plan, node === newest))
  }
  const results: Results = {
    byNode,
    newest: byNode.find(({ node }) => node === newest),
    throttled: isWhole ? await measureThrottled(newest, plan) : [],
    growth: values.growth || (isWhole && !values.quick) ? await measureGrowth(newest, plan) : [],
    pages: values.page || isWhole ? await measurePages(newest, plan.pageRounds) : undefined,
  }
  const regions = reportRegions(results)
  say("done\n")
  const others = byNode.filter((one) => one !== results.newest).map(nodeReport)
  console.log([...regions.values(), ...others].join("\n\n"))
  await mkdir("reports", { recursive: true })
  await writeFile("reports/bench.json", JSON.stringify(results, mapsAsObjects, 1))
  if (values.write) await writePages(regions, results)
}

function mapsAsObjects(_key: string, value: unknown): unknown {
  return value instanceof Map ? (Object.fromEntries(value) as object) : value
}
