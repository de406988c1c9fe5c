import { statSync } from "node:fs"
import { build, type Plugin } from "esbuild"
import { bundleOptions } from "../scripts/bundle/options.ts"
import { replacements, type Replacement } from "../scripts/bundle/replacements.ts"
import { runCold, type BuiltRow } from "./cold.ts"
import { table } from "./markdown.ts"
import type { Node } from "./nodes.ts"
import { farMs } from "./plan.ts"
import { say } from "./progress.ts"
import { interleave } from "./rounds.ts"
import { benchFolder } from "./rows.ts"
import { startStandIn } from "./stand-in/start.ts"
import { median, pairedDifferences } from "./statistics.ts"

/**
 * Measures what the product does for its cold start. It is built once more without each of these: a replaced file of the
 * AWS SDK, and the connections that are opened early. Gives a table: how much larger that bundle is, and how much longer
 * its cold start takes, as the median of the differences within one round.
 */
export async function measureReplacements(node: Node, rounds: number): Promise<string> {
  const product = await buildRow("product", replacements)
  const others = [
    await buildRow("early connections", replacements, [withoutEarlyConnections]),
    await buildRow("all replacements", []),
  ]
  for (const one of replacements) {
    others.push(
      await buildRow(
        one.name,
        replacements.filter((other) => other !== one),
      ),
    )
  }
  const rows = [product, ...others]
  const near = await timeColdStarts(node, rows, { latencyMs: 0, rounds })
  const far = await timeColdStarts(node, rows, { latencyMs: farMs, rounds })
  return table(
    ["without", "KB", "cold, ms", `cold at ${farMs} ms, ms`],
    others.map((row) => [
      row.label,
      ((statSync(row.bundle).size - statSync(product.bundle).size) / 1000).toFixed(1),
      ...[near, far].map((times) =>
        median(pairedDifferences(times.get(row.name) ?? [], times.get(product.name) ?? [])).toFixed(1),
      ),
    ]),
  )
}

const withoutEarlyConnections: Plugin = {
  name: "without-early-connections",
  setup(build) {
    build.onLoad(
      { filter: /[\\/]lib[\\/]adapters[\\/]early[\\/](secrets-manager|superoffice)\.ts$/ },
      () => ({ contents: "" }),
    )
  },
}

async function buildRow(
  name: string,
  replaced: readonly Replacement[],
  plugins: readonly Plugin[] = [],
): Promise<BuiltRow> {
  const bundle = `${benchFolder}replacements/${name.replaceAll(" ", "-")}.cjs`
  const options = bundleOptions("exchange-code", replaced)
  await build({ ...options, plugins: [...options.plugins, ...plugins], outfile: bundle })
  return { name, label: name, door: "direct", bundle }
}

/** Milliseconds of each cold start, by row and round. */
async function timeColdStarts(
  node: Node,
  rows: readonly BuiltRow[],
  { latencyMs, rounds }: { readonly latencyMs: number; readonly rounds: number },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const standIn = await startStandIn({ latencyMs })
  try {
    return await interleave(rows, rounds, async (row, round) => {
      say(`Node ${node.version}: cold, ${latencyMs} ms, round ${round + 1} of ${rounds}: ${row.label}`)
      const { isValid, totalMs } = await runCold(row, { node: node.path, standIn })
      if (!isValid) throw new Error(`the bundle with ${row.label} does not do the work`)
      return totalMs
    })
  } finally {
    await standIn.close()
  }
}
