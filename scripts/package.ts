// Builds the npm package of the two clients in dist/package, or in the folder that --out names, ready for `npm pack`.
// It has a manifest of its own without dependencies, because its users do not need those of the functions.
import { execFile } from "node:child_process"
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { parseArgs, promisify } from "node:util"
import project from "../package.json" with { type: "json" }

process.chdir(fileURLToPath(new URL("..", import.meta.url)))
const { values } = parseArgs({ options: { out: { type: "string", default: "dist/package" } } })
const folder = values.out
const run = promisify(execFile)

const { name, version, description, license, engines, devDependencies } = project
await rm(folder, { recursive: true, force: true })
await run(process.execPath, [
  "node_modules/typescript/bin/tsc",
  "-p",
  "client/tsconfig.package.json",
  "--outDir",
  folder,
])
await finishDeclarations()

const manifest = {
  name,
  version,
  description,
  license,
  type: "module",
  engines,
  sideEffects: false,
  exports: {
    "./browser": entry("browser"),
    "./client": entry("cloud"),
    "./package.json": "./package.json",
  },
  files: ["client", "lib"],
  peerDependencies: peers("@aws-sdk/client-lambda", "@smithy/signature-v4"),
  peerDependenciesMeta: {
    "@aws-sdk/client-lambda": { optional: true },
    "@smithy/signature-v4": { optional: true },
  },
}
await writeFile(`${folder}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`)
await copyFile("LICENSE", `${folder}/LICENSE`)
await copyFile("client/README.md", `${folder}/README.md`)
process.stdout.write(`${folder}: ${name} ${version}\n`)

/** The compiler leaves `.ts` in the imports of declarations; consumers have the `.js`. */
async function finishDeclarations(): Promise<void> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".d.ts"))
  for (const file of files) {
    const text = await readFile(`${folder}/${file}`, "utf8")
    await writeFile(`${folder}/${file}`, text.replaceAll(/(from "\.[^"]+)\.ts"/g, '$1.js"'))
  }
}

function entry(file: string) {
  return { types: `./client/${file}.d.ts`, default: `./client/${file}.js` }
}

/** From the version that the tests run with, up to the next major one. */
function peers(...packages: readonly (keyof typeof devDependencies)[]): Record<string, string> {
  return Object.fromEntries(packages.map((one) => [one, `^${devDependencies[one]}`]))
}
