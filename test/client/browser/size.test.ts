import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { expect, it } from "vitest"

it("the browser helper is at most 3 KiB, minified and gzipped, and made of nothing but itself", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ["client/browser.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    metafile: true,
    write: false,
  })
  expect(gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length).toBeLessThanOrEqual(3072)
  expect(Object.keys(metafile.inputs).filter((file) => !file.startsWith("client/browser"))).toEqual([])
})
