import { execFile } from "node:child_process"
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { inflateRawSync } from "node:zlib"
import { afterAll } from "vitest"

/** What a deployment would upload: the CloudFormation stack, and each function's archive. */
export interface Package {
  readonly stack: Stack
  /** Content of each archive by function name, then by path inside it. */
  readonly artifacts: Readonly<Record<string, Readonly<Record<string, Buffer>>>>
}

export interface PackageOptions {
  readonly stage?: string
  readonly params?: Readonly<Record<string, string>>
}

/** A stack as CloudFormation would make it in the example account: conditions decided, its functions evaluated. */
export interface Stack {
  readonly resources: Readonly<Record<string, Resource>>
  readonly outputs: Readonly<Record<string, Json>>
}

export interface Resource {
  readonly type: string
  readonly properties: JsonObject
}

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

/** Account and region that templates are evaluated for. */
export const account = { partition: "aws", region: "eu-west-1", id: "111122223333" } as const

const root = fileURLToPath(new URL("../../", import.meta.url))
const run = promisify(execFile)

/**
 * Packages `serverless.yml` and the bundles in `dist/functions`, with no credentials, as a deployment would.
 *
 * The framework works in `.serverless` of the service's folder, whatever folder the result goes to, so the service is
 * copied first: test files that package at the same time must not meet there.
 */
export async function packageService({ stage = "sod", params = {} }: PackageOptions): Promise<Package> {
  const directory = await mkdtemp(join(tmpdir(), "package-"))
  try {
    for (const name of ["serverless.yml", "LICENSE", "dist/functions"]) {
      await cp(join(root, name), join(directory, name), { recursive: true })
    }
    const options = Object.entries(params).flatMap(([name, value]) => ["--param", `${name}=${value}`])
    const framework = join(root, "node_modules/serverless/bin/serverless.js")
    const output = join(directory, "package")
    await run(process.execPath, [framework, "package", "--package", output, "--stage", stage, ...options], {
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
      stack: evaluate(JSON.parse(template) as Template),
      artifacts: Object.fromEntries(await Promise.all(artifacts)),
    }
  } finally {
    await rm(directory, { recursive: true })
  }
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

interface Template {
  readonly Conditions: JsonObject
  readonly Resources: Readonly<Record<string, { Type: string; Properties?: JsonObject }>>
  readonly Outputs: JsonObject
}

/** Evaluates the functions that our template uses; any other is an error, so that no test passes on text left raw. */
function evaluate(template: Template): Stack {
  const pseudoParameters: Readonly<Record<string, string>> = {
    "AWS::Partition": account.partition,
    "AWS::Region": account.region,
    "AWS::AccountId": account.id,
    "AWS::URLSuffix": "amazonaws.com",
  }

  const resources = Object.entries(template.Resources).map(
    ([id, { Type: type, Properties: properties = {} }]) =>
      [id, { type, properties: object(valueOf(properties)) }] as const,
  )
  return {
    resources: Object.fromEntries(resources),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs).map(([id, output]) => [id, object(valueOf(output)).Value ?? null]),
    ),
  }

  /** The value, or undefined where the template says `AWS::NoValue`. */
  function valueOf(json: Json): Json | undefined {
    if (json === null || typeof json !== "object") return json
    if (isList(json)) return json.map(valueOf).filter((value) => value !== undefined)
    const [call, ...others] = Object.entries(json)
    if (call && others.length === 0 && /^(Ref|Fn::.*)$/.test(call[0])) return invoke(call[0], call[1])
    const members = Object.entries(json).map(([name, value]) => [name, valueOf(value)] as const)
    return Object.fromEntries(members.filter((member): member is [string, Json] => member[1] !== undefined))
  }

  function invoke(name: string, argument: Json): Json | undefined {
    if (name === "Ref") return argument === "AWS::NoValue" ? undefined : reference(text(argument))
    if (name === "Fn::If") {
      const [condition, then = null, otherwise = null] = list(argument)
      return valueOf(template.Conditions[text(condition)] ?? null) === true
        ? valueOf(then)
        : valueOf(otherwise)
    }
    if (name === "Fn::Sub") {
      return text(argument).replaceAll(/\$\{([^}]+)\}/g, (_, id: string) => reference(id))
    }
    const args = list(valueOf(argument))
    switch (name) {
      case "Fn::GetAtt":
        return attribute(text(args[0]), text(args[1]))
      case "Fn::Join":
        return list(args[1]).map(text).join(text(args[0]))
      case "Fn::Split":
        return text(args[1]).split(text(args[0]))
      case "Fn::Select":
        return list(args[1])[Number(args[0])]
      case "Fn::Equals":
        return args[0] === args[1]
      case "Fn::Not":
        return args[0] === false
      default:
        throw new Error(`${name} is not evaluated here`)
    }
  }

  function reference(id: string): string {
    const value = pseudoParameters[id] ?? (id in template.Resources ? id : undefined)
    if (value === undefined) throw new Error(`${id} is not in the template`)
    return value
  }

  function attribute(id: string, name: string): string {
    const resource = template.Resources[id]
    if (name !== "Arn" || !resource) throw new Error(`${id}.${name} is not in the template`)
    const arn = (service: string, rest: string) =>
      `arn:${account.partition}:${service}:${account.region}:${account.id}:${rest}`
    if (resource.Type === "AWS::Logs::LogGroup") {
      return arn("logs", `log-group:${text(resource.Properties?.LogGroupName)}:*`)
    }
    if (resource.Type === "AWS::Lambda::Function") {
      return arn("lambda", `function:${text(resource.Properties?.FunctionName)}`)
    }
    return `arn:${account.partition}:iam::${account.id}:role/${id}`
  }
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json)
}

function list(json: Json | undefined): readonly Json[] {
  if (isList(json)) return json
  throw new Error("the template should have a list here")
}

/** The object, or an error: what a test wants to look into must be there. */
export function object(json: Json | undefined): JsonObject {
  if (typeof json === "object" && json !== null && !isList(json)) return json
  throw new Error("the template should have an object here")
}

/** The text, or an error. */
export function text(json: Json | undefined): string {
  if (typeof json === "string") return json
  throw new Error("the template should have text here")
}
