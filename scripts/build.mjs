// Builds one self-contained file per function: dist/functions/<name>.cjs, and what it is made of: dist/meta/<name>.json.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { replaceInSdk } from "./bundle/replacements.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))

process.chdir(root)
const { version } = JSON.parse(await readFile("package.json", "utf8"))
const names = (await readdir("functions"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3))
await rm("dist", { recursive: true, force: true })
await mkdir("dist/meta", { recursive: true })
await Promise.all(
  names.map(async (name) => {
    const { metafile } = await build({
      entryPoints: [`functions/${name}.ts`],
      outfile: `dist/functions/${name}.cjs`,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      mainFields: ["module", "main"],
      plugins: [replaceInSdk],
      alias: { "@smithy/core/event-streams": `${root}scripts/bundle/no-event-streams.mjs` },
      define: { SERVICE_VERSION: JSON.stringify(version) },
      // On Node 22 and 24 an import() of node:http, which the AWS SDK does, loads undici; require() does not.
      supported: { "dynamic-import": false },
      minify: true,
      metafile: true,
      legalComments: "none",
      logLevel: "warning",
    })
    await writeFile(`dist/meta/${name}.json`, JSON.stringify(metafile))
  }),
)
