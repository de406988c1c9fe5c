import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import manifest from "../package.json" with { type: "json" }
import { npm } from "./support/npm.ts"

const run = promisify(execFile)
const root = fileURLToPath(new URL("..", import.meta.url))
/** Each has a manifest and a lock file; the first is the repository itself. */
const folders = ["", "bench/", "examples/react/", "tools/"]

type Versions = Readonly<Record<string, string>>
type Manifest = Readonly<{ dependencies?: Versions; devDependencies?: Versions }>
type LockedPackage = Readonly<{ version: string; integrity?: string; dev?: boolean; devOptional?: boolean }>

it("names every dependency at one exact version (C67)", () => {
  const loose = folders.flatMap((folder) => {
    const { dependencies, devDependencies } = readJson(`${folder}package.json`) as Manifest
    return Object.entries({ ...dependencies, ...devDependencies })
      .filter(([, version]) => !/^(npm:[a-z]+@)?\d+\.\d+\.\d+$/.test(version))
      .map(([name]) => `${folder}${name}`)
  })
  expect(loose).toEqual([])
})

it("locks every package by its hash (C67)", () => {
  const unlocked = folders.flatMap((folder) =>
    lockedIn(folder)
      .filter(([, { integrity }]) => !integrity?.startsWith("sha512-"))
      .map(([path]) => `${folder}${path}`),
  )
  expect(unlocked).toEqual([])
})

describe("install scripts", () => {
  const npmrc = (folder: string): string => readFileSync(`${root}${folder}.npmrc`, "utf8")
  // npm need not show it for the others.
  it.each(folders)("are told not to run by the .npmrc in %j", (folder) => {
    expect(npmrc(folder)).toMatch(/^ignore-scripts=true$/m)
  })

  it.each([
    ["do not run under this repository's .npmrc (C79)", npmrc(""), false],
    ["would run without its ignore-scripts", npmrc("").replace("ignore-scripts=true", ""), true],
  ])("%s", async (_what, settings, runs) => {
    const folder = await mkdtemp(join(tmpdir(), "install-scripts-"))
    try {
      const install = "node -e \"require('node:fs').writeFileSync(process.env.MARKER, '')\""
      const dependency = { name: "with-script", version: "1.0.0", scripts: { install } }
      await mkdir(join(folder, "with-script"))
      await writeFile(join(folder, "with-script", "package.json"), JSON.stringify(dependency))
      const user = { private: true, dependencies: { "with-script": "file:with-script" } }
      await writeFile(join(folder, "package.json"), JSON.stringify(user))
      await writeFile(join(folder, ".npmrc"), settings)
      const marker = join(folder, "marker")
      // npm hands its settings to the commands that it runs, and so to this test.
      const env = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))
      const home = { HOME: folder, USERPROFILE: folder, MARKER: marker }
      await npm(["install", "--offline"], { cwd: folder, env: { ...Object.fromEntries(env), ...home } })
      expect(existsSync(join(folder, "node_modules", "with-script", "package.json"))).toBe(true)
      expect(existsSync(marker)).toBe(runs)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

it("lists every package that a bundle holds, with its version, licence and size (C67)", async () => {
  expect(await script("dependencies.ts")).toContain("all listed in docs/dependencies.md")
})

it("writes a CycloneDX bill of materials of the production tree (C67)", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bill-of-materials-"))
  try {
    const file = join(folder, "sbom.json")
    await script("sbom.ts", file)
    const written = await readFile(file, "utf8")
    await script("sbom.ts", file)
    expect(await readFile(file, "utf8")).toBe(written)
    const bill = JSON.parse(written) as Record<string, unknown>
    expect(bill).toMatchObject({ bomFormat: "CycloneDX", metadata: { component: { name: manifest.name } } })
    const components = bill.components as { name: string; version: string; licenses: unknown[] }[]
    const inProduction = lockedIn("")
      .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
      .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, "")}@${version}`)
    const listed = components.map(({ name, version }) => `${name}@${version}`)
    expect(listed.toSorted()).toEqual(inProduction.toSorted())
    expect(listed).toContain(`jose@${manifest.dependencies.jose}`)
    expect(components.filter(({ licenses }) => licenses.length === 0)).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

async function script(name: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ["--import", "tsx", `scripts/${name}`, ...args], {
    cwd: root,
  })
  return stdout
}

function lockedIn(folder: string): [path: string, locked: LockedPackage][] {
  const { packages } = readJson(`${folder}package-lock.json`) as { packages: Record<string, LockedPackage> }
  return Object.entries(packages).filter(([path]) => path !== "")
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(`${root}${name}`, "utf8"))
}
