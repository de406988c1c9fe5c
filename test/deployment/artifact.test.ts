import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { everything, usual, type PackageOptions } from "../support/deployments.ts"
import { packageService, readArtifacts, unpackedArtifacts, type Artifacts } from "../support/package.ts"
import { functionNames } from "../support/service.ts"

interface BundleMeta {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>
}

interface Patterns {
  readonly package: { readonly patterns: readonly string[] }
}

const [artifacts, others] = await Promise.all([packaged(usual), packaged(everything)])

async function packaged(options: PackageOptions): Promise<Artifacts> {
  return await readArtifacts(await packageService(options))
}

describe("packaging", () => {
  it("ships each bundle with its licences, and nothing else: its source map stays at home", () => {
    expect(Object.keys(artifacts).sort()).toEqual([...functionNames].sort())
    for (const [name, entries] of Object.entries(artifacts)) {
      const bundle = `dist/functions/${name}.cjs`
      expect(Object.keys(entries).sort()).toEqual(["LICENSE", `dist/functions/${name}.NOTICES.txt`, bundle])
      expect(entries[bundle]?.equals(readFileSync(new URL(`../../${bundle}`, import.meta.url)))).toBe(true)
    }
  })

  it("takes only files that serverless.yml names one by one", () => {
    // The archives above are of a copy of the checkout that lacks other files, which a pattern might add.
    const service = parse(readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8"), {
      logLevel: "silent",
    }) as Patterns & { readonly functions: Readonly<Record<string, Patterns>> }
    expect(service.package.patterns).toEqual(["!**", "LICENSE"])
    for (const [name, { package: files }] of Object.entries(service.functions)) {
      expect(files.patterns).toEqual([`dist/functions/${name}.cjs`, `dist/functions/${name}.NOTICES.txt`])
    }
  })

  it("ships the same bytes whatever the stage", () => {
    for (const [name, entries] of Object.entries(artifacts)) {
      expect(Object.keys(others[name] ?? {})).toEqual(Object.keys(entries))
      for (const [path, content] of Object.entries(entries))
        expect(others[name]?.[path]?.equals(content), path).toBe(true)
    }
  })

  it("names everything that is in a bundle, with the text of its licence", () => {
    for (const [name, entries] of Object.entries(artifacts)) {
      const meta = JSON.parse(
        readFileSync(new URL(`../../dist/meta/${name}.json`, import.meta.url), "utf8"),
      ) as BundleMeta
      const notices = entries[`dist/functions/${name}.NOTICES.txt`]?.toString()
      const inputs = Object.entries(meta.outputs[`dist/functions/${name}.cjs`]?.inputs ?? {})
      const packages = inputs.flatMap(([path, { bytesInOutput }]) =>
        bytesInOutput > 0 ? (/^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []) : [],
      )
      expect(packages).toContain("@aws-sdk/client-secrets-manager")
      for (const each of new Set(packages)) expect(notices).toContain(`${each} `)
      expect(notices).toContain("Apache License")
    }
  })

  it("unpacks to bundles that load and export a handler", async () => {
    const bundles = await unpackedArtifacts()
    expect(Object.keys(bundles).sort()).toEqual([...functionNames].sort())
    for (const path of Object.values(bundles)) {
      const bundle = (await import(path)) as { handler: unknown }
      expect(bundle.handler).toBeTypeOf("function")
    }
  })
})
