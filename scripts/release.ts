// Makes the files of a release in dist/release: the clients' npm package, the source tree, the bill of materials, and
// their checksums. The work tree must be clean, and the changelog must have the version of package.json with a date. A tag
// that is there already is named with --tag, and must be of that version.
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import manifest from "../package.json" with { type: "json" }
import { npmCommand } from "./npm.ts"

process.chdir(fileURLToPath(new URL("..", import.meta.url)))
const { values } = parseArgs({
  options: { "dry-run": { type: "boolean", default: false }, tag: { type: "string" } },
})
const { name, version } = manifest
const folder = "dist/release"

const problems = [
  ...(git("status", "--porcelain") === "" ? [] : ["the work tree has changes that are not committed"]),
  ...(readFileSync("CHANGELOG.md", "utf8").includes(`\n## ${version} - 20`)
    ? []
    : [`CHANGELOG.md has no dated section for ${version}`]),
  ...tagProblems(values.tag),
]
for (const problem of problems) console.error(problem)
if (problems.length > 0 && !values["dry-run"]) process.exit(1)

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
run(...npmCommand(), "run", "--silent", "check:package")
run(process.execPath, "--import", "tsx", "scripts/sbom.ts", `${folder}/sbom.cdx.json`)
run(...npmCommand(), "pack", "--silent", "--pack-destination", folder, "./dist/package")
git(
  "archive",
  "--format=tar.gz",
  `--prefix=${name}-${version}/`,
  `--output=${folder}/${name}-${version}-source.tar.gz`,
  "HEAD",
)

const files = readdirSync(folder).sort()
const sums = files.map(
  (file) =>
    `${createHash("sha256")
      .update(readFileSync(`${folder}/${file}`))
      .digest("hex")}  ${file}\n`,
)
writeFileSync(`${folder}/SHA256SUMS`, sums.join(""))
process.stdout.write(sums.join(""))
if (problems.length === 0 && values.tag === undefined)
  console.log(`Now: git tag v${version} && git push --tags, and npm publish of the package.`)

function tagProblems(tag: string | undefined): string[] {
  if (tag !== undefined) return tag === `v${version}` ? [] : [`${tag} is not the tag of ${version}`]
  return git("tag", "--list", `v${version}`) === "" ? [] : [`v${version} is tagged already`]
}

function git(...args: readonly string[]): string {
  return run("git", ...args).trim()
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
}
