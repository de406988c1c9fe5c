import { describe, expect, it } from "vitest"
import type { Metafile } from "esbuild"
import { packageOf, packagesIn } from "../../../scripts/bundle/packages.ts"
import { fileInPackages } from "../../../scripts/bundle/replacements.ts"

const spellings = [
  ["Linux and macOS", (path: string) => path],
  ["Windows", (path: string) => path.replaceAll("/", "\\")],
] as const

describe.each(spellings)("a path of %s", (_system, spelled) => {
  it.each([
    ["node_modules/jose/dist/index.js", "jose"],
    ["node_modules/@smithy/core/dist-es/index.js", "@smithy/core"],
    ["/home/a/node_modules/@aws-sdk/core/node_modules/jose/index.js", "jose"],
    ["lib/adapters/runtime.ts", undefined],
    ["lib/node_modules_of/jose.ts", undefined],
  ])("%s belongs to %s", (path, name) => {
    expect(packageOf(spelled(path))).toBe(name)
  })

  it("is found by the filter of a replacement, and others are not", () => {
    const filter = fileInPackages("@smithy/core/dist-es/a.js")
    expect(filter.test(spelled("/home/a/node_modules/@smithy/core/dist-es/a.js"))).toBe(true)
    expect(filter.test(spelled("C:/a/node_modules/@smithy/core/dist-es/a.js"))).toBe(true)
    expect(filter.test(spelled("/home/a/node_modules/@smithy/core/dist-es/a.jsx"))).toBe(false)
    expect(filter.test(spelled("/home/a/node_modules/@smithy/core/dist-es/axjs"))).toBe(false)
    expect(filter.test(spelled("/home/a/other_node_modules/@smithy/core/dist-es/a.js"))).toBe(false)
  })

  it("counts for its package in the report of a bundle", () => {
    const inputs = {
      [spelled("node_modules/jose/a.js")]: { bytesInOutput: 2 },
      [spelled("node_modules/jose/b.js")]: { bytesInOutput: 3 },
      [spelled("node_modules/@smithy/core/c.js")]: { bytesInOutput: 5 },
      [spelled("node_modules/unused/d.js")]: { bytesInOutput: 0 },
      [spelled("lib/json.ts")]: { bytesInOutput: 7 },
    }
    const output = { bytes: 17, inputs, imports: [], exports: [] }
    const metafile: Metafile = { inputs: {}, outputs: { "dist/functions/token.cjs": output } }
    expect([...packagesIn(metafile)]).toEqual([
      ["jose", 5],
      ["@smithy/core", 5],
    ])
  })
})
