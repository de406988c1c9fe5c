// Prints what it costs to check the request of /signed/token by hand and with a schema library: the size of the checks as
// a minified bundle, and the time until the first request is checked in a fresh process that has loaded the function.
// Figures of docs/decisions/contract-source.md. Needs the built functions.
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"

process.chdir(fileURLToPath(new URL("..", import.meta.url)))
const rounds = 15
const sources = { "by hand": "by-hand.mjs", valibot: "valibot.mjs", zod: "zod.mjs" }
const code = { grant_type: "authorization_code", code: "c", redirect_uri: "https://app.example.com/callback" }

const folder = mkdtempSync(`${tmpdir()}/validation-cost-`)
try {
  const bundles = Object.entries(sources).map(([name, source]) => ({ name, path: bundle(source), times: [] }))
  for (const { name, path } of bundles) checkItAgrees(name, path)
  for (let round = 0; round < rounds; round++) {
    for (const { path, times } of bundles) times.push(timeInFreshProcess(path))
  }
  for (const { name, path, times } of bundles) {
    const [least, middle, most] = [0, Math.floor(rounds / 2), -1].map((at) =>
      times.sort((a, b) => a - b).at(at),
    )
    const size = (statSync(path).size / 1000).toFixed(1)
    const spread = `${least.toFixed(2)} to ${most.toFixed(2)}`
    console.log(`${name.padEnd(10)}${size.padStart(7)} KB${middle.toFixed(2).padStart(8)} ms   (${spread})`)
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** With the options of scripts/build.mjs that bear on size. */
function bundle(source) {
  const outfile = `${folder}/${source}.cjs`
  buildSync({
    entryPoints: [`scripts/validation-cost/${source}`],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
  })
  return outfile
}

/** What is compared must do the same. */
function checkItAgrees(name, path) {
  const { accepts } = createRequire(import.meta.url)(path)
  const refresh = { grant_type: "refresh_token", refresh_token: "t" }
  const right = [code, { ...code, include: ["tenant"], nonce: "n" }, refresh, { ...refresh, unknown: 1 }]
  const wrong = [
    {},
    { ...code, code: "" },
    { ...code, code: "x".repeat(8193) },
    { ...code, code: "é" },
    { ...code, redirect_uri: "/callback" },
    { ...code, redirect_uri: "https://app.example.com/#" },
    { ...code, code_verifier: "short" },
    { ...code, nonce: "é".repeat(1025) },
    { ...code, nonce: "\ud800" },
    { ...code, include: ["user"] },
    { ...refresh, refresh_token: 1 },
    { ...refresh, sub: null },
    { ...refresh, grant_type: "password" },
  ]
  const differing = [...right.filter((one) => !accepts(one)), ...wrong.filter((one) => accepts(one))]
  if (differing.length > 0) throw new Error(`${name} differs: ${JSON.stringify(differing)}`)
}

function timeInFreshProcess(path) {
  const program = `
    require("./dist/functions/token.cjs")
    const start = performance.now()
    if (!require(${JSON.stringify(path)}).accepts(${JSON.stringify(code)})) throw new Error("refused")
    console.log(performance.now() - start)`
  return Number(execFileSync(process.execPath, ["-e", program], { env: {}, encoding: "utf8" }))
}
