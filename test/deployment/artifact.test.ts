import { readFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { parse } from "yaml"
import { packageService, unpackedArtifacts, type Package } from "../support/package.ts"
import { functionNames } from "../support/service.ts"

interface BundleMeta {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>
}

interface Patterns {
  readonly package: { readonly patterns: readonly string[] }
}

let sod: Package["artifacts"]
let online: Package["artifacts"]

beforeAll(async () => {
  const packages = await Promise.all([
    packageService({ params: { clientSecretId: "superoffice/sod" } }),
    packageService({ stage: "online", params: { clientSecretId: "superoffice/online" } }),
  ])
  ;[sod, online] = packages.map(({ artifacts }) => artifacts) as [typeof sod, typeof online]
})

describe("packaging", { timeout: 60_000 }, () => {
  it("ships each bundle with its licences, and nothing else: its source map stays at home", () => {
    expect(Object.keys(sod).sort()).toEqual([...functionNames].sort())
    for (const [name, entries] of Object.entries(sod)) {
      expect(Object.keys(entries).sort()).toEqual([
        "LICENSE",
        `dist/functions/${name}.NOTICES.txt`,
        `dist/functions/${name}.cjs`,
      ])
      const built = readFileSync(new URL(`../../dist/functions/${name}.cjs`, import.meta.url))
      expect(built.equals(entries[`dist/functions/${name}.cjs`] ?? Buffer.alloc(0))).toBe(true)
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
    expect(sod).toEqual(online)
  })

  it("names everything that is in a bundle, with the text of its licence", () => {
    for (const [name, entries] of Object.entries(sod)) {
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
