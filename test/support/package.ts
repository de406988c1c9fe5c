import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { inflateRawSync } from "node:zlib"
import { afterAll } from "vitest"
import { account, evaluate, type StackTemplate, type Template } from "./template.ts"

/** What a deployment would upload: the CloudFormation stack, and each function's archive. */
export interface Package {
  readonly stack: StackTemplate
  /** Content of each archive by function name, then by path inside it. */
  readonly artifacts: Readonly<Record<string, Readonly<Record<string, Buffer>>>>
}

export interface PackageOptions {
  /** Empty: none is named. */
  readonly stage?: string
  readonly region?: string
  readonly params?: Readonly<Record<string, string>>
  /** Content of `deployment.yml`, the file of a deployment's own settings; none for a folder without one. */
  readonly deployment?: string
  /** A file under `deploy/fragments` to add to the resources, as its first lines say. */
  readonly fragment?: string
}

const root = fileURLToPath(new URL("../../", import.meta.url))
const run = promisify(execFile)

/**
 * Packages `serverless.yml` and the bundles in `dist/functions`, with no credentials, as a deployment would.
 *
 * The framework works in `.serverless` of the service's folder, whatever folder the result goes to, so the service is
 * copied first: test files that package at the same time must not meet there.
 */
export async function packageService(options: PackageOptions): Promise<Package> {
  const { stage = "sod", region, params = {}, deployment, fragment } = options
  const directory = await copyService()
  try {
    if (fragment !== undefined) {
      const service = await readFile(join(root, "serverless.yml"), "utf8")
      const line = `resources:\n  - \${file(deploy/fragments/${fragment})}`
      await writeFile(
        join(directory, "serverless.yml"),
        service.replace(/^resources:$/m, () => line),
      )
    }
    if (deployment !== undefined) await writeFile(join(directory, "deployment.yml"), deployment)
    const settings = Object.entries(params).flatMap(([name, value]) => ["--param", `${name}=${value}`])
    const framework = join(root, "node_modules/serverless/bin/serverless.js")
    const output = join(directory, "package")
    const named = [
      ...(stage === "" ? [] : ["--stage", stage]),
      ...(region === undefined ? [] : ["--region", region]),
    ]
    await run(process.execPath, [framework, "package", "--package", output, ...named, ...settings], {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, CI: "true" },
    }).catch((error: unknown) => {
      // What is wrong with the service stands on the framework's standard output.
      const said = error instanceof Error && "stdout" in error ? String(error.stdout) : ""
      throw new Error(`serverless package failed: ${said}`, { cause: error })
    })
    const template = await readFile(join(output, "cloudformation-template-update-stack.json"), "utf8")
    const archives = (await readdir(output)).filter((name) => name.endsWith(".zip"))
    const artifacts = archives.map(
      async (name) => [basename(name, ".zip"), unzip(await readFile(join(output, name)))] as const,
    )
    return {
      stack: evaluate(JSON.parse(template) as Template, {}, { ...account, ...(region && { region }) }),
      artifacts: Object.fromEntries(await Promise.all(artifacts)),
    }
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** A folder with all that packaging needs. Whoever asks for it removes it. */
export async function copyService(): Promise<string> {
  // The checks of the settings find their packages from here. A link to node_modules would be searched for files to package.
  const cache = join(root, "node_modules/.cache")
  await mkdir(cache, { recursive: true })
  const directory = await mkdtemp(join(cache, "package-"))
  for (const name of ["serverless.yml", "deploy", "LICENSE", "dist/functions"]) {
    await cp(join(root, name), join(directory, name), { recursive: true })
  }
  for (const name of ["operator", "lib"]) await symlink(join(root, name), join(directory, name), "junction")
  return directory
}

const unpacked: string[] = []
afterAll(async () => {
  for (const directory of unpacked) await rm(directory, { recursive: true })
})

/**
 * Unpacks what a deployment would upload, as Lambda does: the path of each function's bundle, by function name.
 *
 * The place is outside the checkout, so that no bundle can lean on `node_modules`; it goes when the test file ends.
 */
export async function unpackedArtifacts(): Promise<Record<string, string>> {
  const { artifacts } = await packageService({ params: { clientSecretId: "example" } })
  const directory = await mkdtemp(join(tmpdir(), "unpacked-"))
  unpacked.push(directory)
  const bundles: Record<string, string> = {}
  for (const [name, entries] of Object.entries(artifacts)) {
    for (const [path, content] of Object.entries(entries)) {
      const target = join(directory, name, path)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, content)
      if (path.endsWith(".cjs")) bundles[name] = target
    }
  }
  return bundles
}

/** Reads a zip archive by its central directory: enough for archives of small files, as the framework writes them. */
function unzip(archive: Buffer): Record<string, Buffer> {
  const end = archive.lastIndexOf("PK\x05\x06", undefined, "latin1")
  const entries: Record<string, Buffer> = {}
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const method = archive.readUInt16LE(at + 10)
    const size = archive.readUInt32LE(at + 20)
    const nameLength = archive.readUInt16LE(at + 28)
    const local = archive.readUInt32LE(at + 42)
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength)
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
    const content = archive.subarray(start, start + size)
    entries[name] = method === 0 ? content : inflateRawSync(content)
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return entries
}
