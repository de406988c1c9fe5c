// Compares docs/dependencies.md with the packages in the bundles.
//
//   npm run check:dependencies             fails when a bundle holds a package that the page does not list as it is
//   npm run check:dependencies -- --write  writes versions, licences and sizes into the page
//   npm run sbom                           writes reports/sbom.cdx.json (CycloneDX) of what is installed for production
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import type { Metafile } from "esbuild"
import { manifestOf } from "./bundle/manifest.ts"
import { packagesIn } from "./bundle/packages.ts"
import { fail } from "./fail.ts"

const page = "docs/dependencies.md"
const inBundles = largestShares()
const written = readFileSync(page, "utf8")
const listed = [...written.matchAll(/^\| `([^`]+)` \|.*$/gm)].map(([, name = ""]) => name)

const problems = [
  ...[...inBundles.keys()]
    .filter((name) => !listed.includes(name))
    .map((name) => `${name} is in a bundle, but not in ${page}`),
  ...listed.filter((name) => !inBundles.has(name)).map((name) => `${name} is in ${page}, but in no bundle`),
]
if (problems.length > 0) fail(...problems)

const current = written.replace(/^\| `([^`]+)` \|.*$/gm, (row, name: string) => {
  const { version, license } = manifestOf(name)
  const [keeper = "", why = ""] = row
    .split("|")
    .slice(-3, -1)
    .map((text) => text.trim())
  const kilobytes = ((inBundles.get(name) ?? 0) / 1000).toFixed(1)
  return `| \`${name}\` | ${version} | ${license} | ${kilobytes} | ${keeper} | ${why} |`
})
if (process.argv.includes("--write")) writeFileSync(page, current)
else if (current !== written) fail(`${page} is out of date: npm run check:dependencies -- --write`)
console.log(`${inBundles.size} packages in the bundles, all listed in ${page}`)

/** The minified size of each package, in bytes, in the bundle that contains most of it. */
function largestShares(): Map<string, number> {
  const shares = new Map<string, number>()
  for (const file of readdirSync("dist/meta")) {
    const metafile = JSON.parse(readFileSync(`dist/meta/${file}`, "utf8")) as Metafile
    for (const [name, bytes] of packagesIn(metafile)) {
      shares.set(name, Math.max(bytes, shares.get(name) ?? 0))
    }
  }
  return new Map([...shares].sort(([, a], [, b]) => b - a))
}
