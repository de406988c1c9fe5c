import { bold, green, print, red, yellow } from "../terminal.ts"

/** One thing that was looked at. */
export interface Check {
  readonly name: string
  /** `degraded` works for now; `skipped` was not asked for. */
  readonly state: "ok" | "degraded" | "failed" | "skipped"
  /** What was found. */
  readonly says: string
  /** What to do about it. */
  readonly mend?: string
}

const width = "client secret".length

export function ok(name: string, says: string): Check {
  return { name, state: "ok", says }
}

export function degraded(name: string, says: string, mend: string): Check {
  return { name, state: "degraded", says, mend }
}

export function failed(name: string, says: string, mend: string): Check {
  return { name, state: "failed", says, mend }
}

/** Prints the list. False when something has failed. */
export function report(subject: string, checks: readonly Check[]): boolean {
  print(bold(subject))
  for (const { name, state, says, mend } of checks) {
    print(`  ${paint[state](state.padEnd(8))}  ${name.padEnd(width)}  ${says}`)
    if (mend !== undefined) print(`  ${" ".repeat(8)}  ${" ".repeat(width)}  Mend: ${mend}`)
  }
  print(states.flatMap((state) => count(state, checks)).join(", "))
  return checks.every(({ state }) => state !== "failed")
}

const states = ["ok", "degraded", "failed", "skipped"] as const

const paint = {
  ok: green,
  degraded: yellow,
  failed: red,
  skipped: (words: string) => words,
} as const satisfies Record<Check["state"], (words: string) => string>

function count(state: Check["state"], checks: readonly Check[]): string[] {
  const some = checks.filter((check) => check.state === state).length
  return some > 0 ? [`${some} ${state}`] : []
}
