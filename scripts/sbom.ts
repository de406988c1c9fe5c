// Writes the bill of materials (CycloneDX) of what is deployed: reports/sbom.cdx.json, or the file that is named.
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import manifest from "../package.json" with { type: "json" }
import { npmCommand } from "./npm.ts"

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean }>>
}

const root = fileURLToPath(new URL("..", import.meta.url))
const file = resolve(process.argv[2] ?? `${root}reports/sbom.cdx.json`)
const lock = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8")) as Lock

// npm's own --omit=dev omits packages that development needs as well, so npm gets a tree without the others.
const production = { ...manifest, devDependencies: {}, overrides: {} }
const packages = {
  ...Object.fromEntries(
    Object.entries(lock.packages).filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true),
  ),
  "": production,
}
const temporary = mkdtempSync(join(tmpdir(), "sbom-"))
try {
  // npm names the project after its folder.
  const folder = join(temporary, manifest.name)
  mkdirSync(folder)
  writeFileSync(join(folder, "package.json"), JSON.stringify(production))
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ ...lock, packages }))
  const [program, ...npm] = npmCommand()
  const command = [...npm, "sbom", "--package-lock-only", "--sbom-format", "cyclonedx"]
  const written = execFileSync(program, command, { cwd: folder, encoding: "utf8" })
  // What differs each time goes, so that a lock file always has the same bill by one version of npm.
  const bill: unknown = JSON.parse(written, (name, value: unknown) =>
    name === "serialNumber" || name === "timestamp" ? undefined : value,
  )
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`)
} finally {
  rmSync(temporary, { recursive: true })
}
