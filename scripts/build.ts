// Builds one self-contained file per function, dist/functions/<name>.cjs, with the licences of its packages. Not
// deployed: dist/maps/<name>.cjs.map, its source map, and dist/meta/<name>.json, esbuild's metafile. Another folder than
// dist can be passed.
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { bundleOptions } from "./bundle/options.ts"
import { noticesOf } from "./bundle/notices.ts"
import { packagesIn } from "./bundle/packages.ts"
import { replacements } from "./bundle/replacements.ts"

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
      ...bundleOptions(name, replacements),
      outfile: `${dist}/functions/${name}.cjs`,
      sourcemap: "external",
      sourcesContent: false,
      metafile: true,
    })
    await rename(`${dist}/functions/${name}.cjs.map`, `${dist}/maps/${name}.cjs.map`)
    await writeFile(`${dist}/functions/${name}.NOTICES.txt`, await noticesOf(packagesIn(metafile).keys()))
    await writeFile(`${dist}/meta/${name}.json`, JSON.stringify(metafile))
  }),
)
