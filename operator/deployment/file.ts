import { readFileSync } from "node:fs"
import { join } from "node:path"
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml"
import { CommandFailure } from "../failure.ts"
import type { Fault, Source } from "./fault.ts"
import { nearest } from "./nearest.ts"

export const fileName = "deployment.yml"

/** A stage's section of the file: the text of each value, and the line it is in. */
export interface Section {
  readonly values: ReadonlyMap<string, string>
  readonly sources: ReadonlyMap<string, Source>
  /** Values that are no text, and so not among `values`. */
  readonly faults: readonly Fault[]
}

/**
 * Reads the section of a stage; undefined when the folder has no file. Throws `CommandFailure` when the file is not YAML or
 * lacks the section.
 */
export function readSection(folder: string, stage: string): Section | undefined {
  const text = readText(join(folder, fileName))
  if (text === undefined) return undefined
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false })
  const [error] = document.errors
  if (error) {
    throw new CommandFailure(
      `${fileName} is not YAML, line ${lines.linePos(error.pos[0]).line}: ${sentence(error.message)}`,
    )
  }
  const section = resolve(sectionOf(document, stage), document)
  if (!isMap(section)) {
    throw new CommandFailure(
      `${fileName} has nothing below "${stage}:". Indent its settings: see deployment.example.yml.`,
    )
  }
  const found = {
    values: new Map<string, string>(),
    sources: new Map<string, Source>(),
    faults: [] as Fault[],
  }
  collect(section, document, lines, found)
  return found
}

function sectionOf(document: Document, stage: string): unknown {
  if (isMap(document.contents) && document.contents.has(stage)) return document.get(stage, true)
  const stages = isMap(document.contents) ? document.contents.items.map(({ key }) => String(key)) : []
  const meant = nearest(stage, stages)
  throw new CommandFailure(
    [
      `${fileName} has no section for the stage ${stage}.`,
      ...(meant === undefined ? [] : [`Did you mean --stage ${meant}?`]),
      `Write "${stage}:" with its settings below: see deployment.example.yml.`,
    ].join(" "),
  )
}

interface Found {
  readonly values: Map<string, string>
  readonly sources: Map<string, Source>
  readonly faults: Fault[]
}

/** Own settings win over those that are merged in with `<<`. */
function collect(section: Node, document: Document, lines: LineCounter, found: Found): void {
  if (!isMap(section)) return
  const merged: unknown[] = []
  for (const { key, value } of section.items) {
    // The key of a merge is a symbol.
    const name = isScalar(key) && typeof key.value !== "symbol" ? String(key.value) : "<<"
    if (name === "<<") {
      const from = resolve(value, document)
      merged.push(...(isSeq(from) ? from.items : [from]))
      continue
    }
    if (found.sources.has(name)) continue
    const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0
    found.sources.set(name, `line ${lines.linePos(offset).line}`)
    const text = textOf(resolve(value, document))
    if (text === undefined) found.faults.push({ name, wrong: "must be one value, or a list of values" })
    else found.values.set(name, text)
  }
  for (const one of merged) {
    const from = resolve(one, document)
    if (isMap(from)) collect(from, document, lines, found)
  }
}

/** The text as it was written, so that a number keeps its digits. A list becomes comma-separated. */
function textOf(node: unknown): string | undefined {
  if (node === null || node === undefined) return ""
  if (isSeq(node)) {
    const parts = node.items.map((item) => (isScalar(item) ? textOf(item) : undefined))
    return parts.every((part) => part !== undefined && !part.includes(",")) ? parts.join(",") : undefined
  }
  if (!isScalar<string | number | boolean | null>(node)) return undefined
  if (node.value === null) return ""
  return typeof node.value === "number" ? (node.source ?? String(node.value)) : String(node.value)
}

function resolve(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw new CommandFailure(
      `${fileName} cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}).`,
      {
        cause: error,
      },
    )
  }
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`
}
