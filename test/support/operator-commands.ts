import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build, type Plugin } from "esbuild"
import type { TestProject } from "vitest/node"

const operator = fileURLToPath(new URL("../../operator/", import.meta.url))

/** Lets a module find the files beside its source. */
const keepModuleUrls: Plugin = {
  name: "keep-module-urls",
  setup(build) {
    build.onLoad({ filter: /[\\/]operator[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8")
      const url = JSON.stringify(pathToFileURL(path).href)
      return { contents: source.replaceAll("import.meta.url", url), loader: "ts" }
    })
  },
}

/**
 * Bundles the operator's commands once for a run: tests start them some hundred times, and tsx with the AWS SDK's thousand files
 * takes a second each time.
 */
export default async function bundleCommands({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "operator-"))
  await build({
    absWorkingDir: operator,
    entryPoints: ["*.ts"],
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "node",
    // esbuild gives no names to what is imported dynamically from CommonJS.
    mainFields: ["module", "main"],
    format: "esm",
    target: "node20",
    outExtension: { ".js": ".mjs" },
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"\nconst require = requireFrom(import.meta.url)',
    },
    plugins: [keepModuleUrls],
    logLevel: "warning",
  })
  provide("operatorCommands", folder)
  // Packaging finds the packages of its checks from here.
  const cache = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url))
  await mkdir(cache, { recursive: true })
  const packages = await mkdtemp(join(cache, "packages-"))
  provide("packages", packages)
  return async () => {
    for (const made of [folder, packages]) await rm(made, { recursive: true })
  }
}

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the bundled commands: `NAME.mjs`. */
    readonly operatorCommands: string
    /** The folder of what `packageService` has packaged in this run. */
    readonly packages: string
  }
}
