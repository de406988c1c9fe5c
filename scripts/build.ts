// Builds one self-contained file per function, dist/functions/<name>.cjs, with the licences of its packages. Not
// deployed: dist/maps/<name>.cjs.map, its source map, and dist/meta/<name>.json, esbuild's metafile. Another folder than
// dist can be passed.
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import manifest from "../package.json" with { type: "json" }
import { noticesOf } from "./bundle/notices.ts"
import { packagesIn } from "./bundle/packages.ts"
import { replaceInSdk } from "./bundle/replacements.ts"

const root = fileURLToPath(new URL("..", import.meta.url))

const dist = resolve(process.argv[2] ?? `${root}dist`)
process.chdir(root)
const names = (await readdir("functions"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3))
await rm(dist, { recursive: true, force: true })
for (const folder of ["functions", "maps", "meta"]) await mkdir(`${dist}/${folder}`, { recursive: true })
await Promise.all(
  names.map(async (name) => {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [`functions/${name}.ts`],
      outfile: `${dist}/functions/${name}.cjs`,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      mainFields: ["module", "main"],
      plugins: [replaceInSdk],
      alias: { "@smithy/core/event-streams": `${root}scripts/bundle/no-event-streams.ts` },
      define: { SERVICE_VERSION: JSON.stringify(manifest.version) },
      // On Node 22 and 24 an import() of node:http, which the AWS SDK does, loads undici; require() does not.
      supported: { "dynamic-import": false },
      minify: true,
      sourcemap: "external",
      sourcesContent: false,
      metafile: true,
      legalComments: "none",
      logLevel: "warning",
    })
    await rename(`${dist}/functions/${name}.cjs.map`, `${dist}/maps/${name}.cjs.map`)
    await writeFile(`${dist}/functions/${name}.NOTICES.txt`, await noticesOf(packagesIn(metafile).keys()))
    await writeFile(`${dist}/meta/${name}.json`, JSON.stringify(metafile))
  }),
)
