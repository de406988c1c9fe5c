import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { inflateRawSync } from "node:zlib"
import { inject } from "vitest"
import { usual, type PackageOptions } from "./deployments.ts"
import { account, evaluate, type StackTemplate, type Template } from "./template.ts"

/** What a deployment would upload: the CloudFormation stack, and the folder with each function's archive. */
export interface Package {
  readonly stack: StackTemplate
  readonly folder: string
}

/** Content of each archive by function name, then by path inside it. */
export type Artifacts = Readonly<Record<string, Readonly<Record<string, Buffer>>>>

const root = fileURLToPath(new URL("../../", import.meta.url))
const run = promisify(execFile)

/**
 * Packages `serverless.yml` and the bundles in `dist/functions`, with no credentials, as a deployment would. Within a run, what
 * has the same options is packaged once, whichever files ask for it.
 */
export async function packageService(options: PackageOptions): Promise<Package> {
  const folder = join(inject("packages"), createHash("sha256").update(JSON.stringify(options)).digest("hex"))
  const result = join(folder, "result")
  const isFirst = (await mkdir(folder).catch(() => "another was")) === undefined
  if (isFirst) {
    // Whole at once, because others wait for it.
    await writeFile(`${result}-of-now`, await runFramework(folder, options))
    await rename(`${result}-of-now`, result)
  }
  while (!existsSync(result)) await sleep(50)
  const failure = await readFile(result, "utf8")
  if (failure !== "") throw new Error(`serverless package failed: ${failure}`)
  const template = await readFile(join(folder, "cloudformation-template-update-stack.json"), "utf8")
  return { folder, stack: evaluate(JSON.parse(template) as Template, {}, account) }
}

/**
 * Returns what the framework said when it failed; otherwise nothing. It works in `.serverless` of the service's folder, whatever
 * folder the result goes to, so the service is copied first.
 */
async function runFramework(output: string, options: PackageOptions): Promise<string> {
  const { stage = "sod", params = {}, deployment, fragment } = options
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
    await run(process.execPath, [framework, "package", "--package", output, "--stage", stage, ...settings], {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, CI: "true" },
    })
    return ""
  } catch (error) {
    // What is wrong with the service stands on the framework's standard output.
    return error instanceof Error && "stdout" in error ? String(error.stdout) : String(error)
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** A folder with all that packaging needs. Whoever asks for it removes it. */
export async function copyService(): Promise<string> {
  // A link to node_modules would be searched for files to package.
  const directory = await mkdtemp(join(inject("packages"), "service-"))
  for (const name of ["serverless.yml", "deploy", "LICENSE", "dist/functions"]) {
    await cp(join(root, name), join(directory, name), { recursive: true })
  }
  for (const name of ["operator", "lib"]) await symlink(join(root, name), join(directory, name), "junction")
  return directory
}

/**
 * Unpacks what a deployment would upload, as Lambda does: the path of each function's bundle, by function name.
 *
 * The place is outside the checkout, so that no bundle can lean on `node_modules`. It goes when the run ends.
 */
export async function unpackedArtifacts(): Promise<Record<string, string>> {
  const artifacts = await readArtifacts(await packageService(usual))
  const directory = await mkdtemp(join(inject("operatorCommands"), "unpacked-"))
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

export async function readArtifacts({ folder }: Package): Promise<Artifacts> {
  const archives = (await readdir(folder)).filter((name) => name.endsWith(".zip"))
  const artifacts = archives.map(
    async (name) => [basename(name, ".zip"), unzip(await readFile(join(folder, name)))] as const,
  )
  return Object.fromEntries(await Promise.all(artifacts))
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
