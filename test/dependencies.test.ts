import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import lock from "../package-lock.json" with { type: "json" }
import manifest from "../package.json" with { type: "json" }
import { npm } from "./support/npm.ts"

const run = promisify(execFile)
const root = fileURLToPath(new URL("..", import.meta.url))
const locked = Object.entries(lock.packages as Record<string, LockedPackage>).filter(([path]) => path !== "")

interface LockedPackage {
  readonly version: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
}

it("names every dependency at one exact version (C67)", () => {
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies })
  expect(versions.filter((version) => !/^(npm:[a-z]+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([])
})

it("locks every package by its hash (C67)", () => {
  expect(
    locked.filter(([, { integrity }]) => !integrity?.startsWith("sha512-")).map(([path]) => path),
  ).toEqual([])
})

describe("install scripts", () => {
  const npmrc = readFileSync(`${root}.npmrc`, "utf8")

  it.each([
    ["do not run under this repository's .npmrc (C79)", npmrc, false],
    [
      "do not run under the React example's .npmrc",
      readFileSync(`${root}examples/react/.npmrc`, "utf8"),
      false,
    ],
    ["would run without its ignore-scripts", npmrc.replace("ignore-scripts=true", ""), true],
  ])("%s", async (_what, settings, runs) => {
    const folder = await mkdtemp(join(tmpdir(), "install-scripts-"))
    try {
      const install = "node -e \"require('node:fs').writeFileSync(process.env.MARKER, '')\""
      const dependency = { name: "with-script", version: "1.0.0", scripts: { install } }
      await mkdir(join(folder, "with-script"))
      await writeFile(join(folder, "with-script", "package.json"), JSON.stringify(dependency))
      await writeFile(
        join(folder, "package.json"),
        JSON.stringify({ private: true, dependencies: { "with-script": "file:with-script" } }),
      )
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
  const { stdout } = await run(process.execPath, ["--import", "tsx", "scripts/dependencies.ts"], {
    cwd: root,
  })
  expect(stdout).toContain("all listed in docs/dependencies.md")
})

it("writes a CycloneDX bill of materials of the production tree (C67)", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bill-of-materials-"))
  try {
    const file = join(folder, "sbom.json")
    const [, ...options] = manifest.scripts.sbom.split(" && ")[1]?.split(" ").slice(0, -1) ?? []
    await npm(["exec", "--", "cyclonedx-npm", ...options, file], { cwd: root })
    const { bomFormat, components } = JSON.parse(await readFile(file, "utf8")) as {
      bomFormat: string
      components: { group?: string; name: string; version: string; licenses: unknown[] }[]
    }
    expect(bomFormat).toBe("CycloneDX")
    const inProduction = locked
      .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
      .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, "")}@${version}`)
    const listed = components.map(
      ({ group, name, version }) => `${group ? `${group}/` : ""}${name}@${version}`,
    )
    expect(listed.toSorted()).toEqual(inProduction.toSorted())
    expect(listed).toContain(`jose@${manifest.dependencies.jose}`)
    expect(components.filter(({ licenses }) => licenses.length === 0)).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})
