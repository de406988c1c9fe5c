import { fileURLToPath } from "node:url"
import type { BuildOptions } from "esbuild"
import manifest from "../../package.json" with { type: "json" }
import { replaceInSdk, type Replacement } from "./replacements.ts"

/** Gives esbuild's options for the bundle of a function, in which these files of the AWS SDK are replaced. */
export function bundleOptions(name: string, replacements: readonly Replacement[]) {
  return {
    absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
    entryPoints: [`functions/${name}.ts`],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    mainFields: ["module", "main"],
    plugins: [replaceInSdk(replacements)],
    define: { SERVICE_VERSION: JSON.stringify(manifest.version) },
    // On Node 22 and 24 an import() of node:http, which the AWS SDK does, loads undici; require() does not.
    supported: { "dynamic-import": false },
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  } satisfies BuildOptions
}
