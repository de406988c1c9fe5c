// Builds one self-contained file per function: dist/functions/<name>.cjs, and what it is made of: dist/meta/<name>.json.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("..", import.meta.url))

/** What the bundles replace, and why (docs/decisions/bundle.md). */
const alias = {
  // Lambda always puts its credentials into the environment: the rest of the default chain is half of the SDK.
  "@aws-sdk/credential-provider-node": `${root}scripts/lambda-credentials.mjs`,
  // Secrets Manager streams no events.
  "@smithy/core/event-streams": `${root}scripts/no-event-streams.mjs`,
}

process.chdir(root)
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
      alias,
      minify: true,
      metafile: true,
      legalComments: "none",
      logLevel: "warning",
    })
    await writeFile(`dist/meta/${name}.json`, JSON.stringify(metafile))
  }),
)
