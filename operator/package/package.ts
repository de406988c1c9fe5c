import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { evaluate, type StackTemplate, type Template } from "./template.ts"

/** What would be deployed. */
export interface ServicePackage {
  readonly stage: string
  readonly region: string
  /** In UTC, ISO 8601. */
  readonly packagedAt: string
  readonly stack: StackTemplate
  readonly archives: Readonly<Record<string, Archive>>
}

/** One function's archive. */
export interface Archive {
  readonly bytes: number
  readonly sha256: string
}

/** Reads what `serverless package` left in a folder, its own unless given; undefined when there is nothing. */
export function readPackage(folder = ".serverless"): ServicePackage | undefined {
  const state = join(folder, "serverless-state.json")
  const template = join(folder, "cloudformation-template-update-stack.json")
  if (!existsSync(state) || !existsSync(template)) return undefined
  const { service } = readJson(state) as { service: { provider: { stage: string; region: string } } }
  const { stage, region } = service.provider
  const archives = readdirSync(folder)
    .filter((name) => name.endsWith(".zip"))
    .map((name): [string, Archive] => {
      const content = readFileSync(join(folder, name))
      return [basename(name, ".zip"), { bytes: content.length, sha256: sha256(content) }]
    })
  return {
    stage,
    region,
    packagedAt: statSync(template)
      .mtime.toISOString()
      .replace(/\.\d+Z$/, "Z"),
    stack: evaluate(readJson(template) as Template, {}, { partition: "aws", region, id: "ACCOUNT" }),
    archives: Object.fromEntries(archives),
  }
}

/** Remembers a package for the next comparison: the framework empties its folder when it deploys. */
export function keepPackage(current: ServicePackage): void {
  mkdirSync("reports", { recursive: true })
  writeFileSync(keptPath(current.stage), JSON.stringify(current))
}

/** The last package of a stage; undefined when there is none that can be read. */
export function lastPackage(stage: string): ServicePackage | undefined {
  try {
    return readJson(keptPath(stage)) as ServicePackage
  } catch {
    return undefined
  }
}

function keptPath(stage: string): string {
  return join("reports", `package-${stage}.json`)
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"))
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex")
}
