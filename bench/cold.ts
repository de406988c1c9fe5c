import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import type { Readable } from "node:stream"
import { benchFolder, type Row } from "./rows.ts"
import type { ColdOutcome, ColdTask } from "./runners/cold.ts"
import type { Calls, StandIn } from "./stand-in/start.ts"
import { goodToken } from "./stand-in/tokens.ts"

/** A command to start a process with, in place of `node` itself. */
export type Launcher = (node: string, parameters: readonly string[]) => readonly [string, ...string[]]

export interface ColdOptions {
  readonly node: string
  readonly standIn: StandIn
  readonly codes?: readonly string[]
  readonly launcher?: Launcher | undefined
}

/** One fresh process: import and first invocation. */
export interface ColdRun extends ColdOutcome {
  readonly calls: Calls
  /** The first answer was right, and nothing of the work was left out. */
  readonly isValid: boolean
}

const plainLauncher: Launcher = (node, parameters) => [node, ...parameters]

/** A row of any table, whatever its name. */
export type BuiltRow = Omit<Row, "name" | "kind"> & { readonly name: string }

export async function runCold(row: BuiltRow, options: ColdOptions): Promise<ColdRun> {
  const { node, standIn, codes = [goodToken], launcher = plainLauncher } = options
  const task: ColdTask = { bundle: row.bundle, door: row.door, codes }
  const [command, ...parameters] = launcher(node, [`${benchFolder}runners/cold.cjs`, JSON.stringify(task)])
  await standIn.calls()
  const child = spawn(command, parameters, {
    env: { ...standIn.env },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  })
  const [, , errorOutput, reportOutput] = child.stdio as unknown as [null, null, Readable, Readable]
  const [report, complaints] = await Promise.all([text(reportOutput), text(errorOutput), once(child, "exit")])
  if (report === "") throw new Error(`${row.label} ended without an answer on ${node}: ${complaints}`)
  const outcome = JSON.parse(report) as ColdOutcome
  const calls = await standIn.calls()
  return { ...outcome, calls, isValid: row.name === "bare" || didTheWork(outcome, calls, standIn) }
}

function didTheWork({ right }: ColdOutcome, calls: Calls, { secrets }: StandIn): boolean {
  return right[0] === true && calls.secret === secrets && calls.keySet >= 1 && calls.token === right.length
}
