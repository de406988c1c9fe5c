import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { benchFolder, rows } from "./rows.ts"

/**
 * Builds every peer as a careful user would, one minified CommonJS file each, and the programs that run them. The
 * options are the ones that were found fastest for the plain stack, not esbuild's defaults.
 */
export async function buildPeers(): Promise<void> {
  const peers = rows.filter(({ name }) => name !== "product").map(({ name }) => `bench/peers/${name}.ts`)
  await build({
    absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
    entryPoints: [
      ...peers,
      "bench/runners/cold.ts",
      "bench/runners/warm.ts",
      "bench/runners/function.ts",
      "bench/page/classic.ts",
    ],
    outdir: benchFolder,
    outbase: "bench",
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  })
}
