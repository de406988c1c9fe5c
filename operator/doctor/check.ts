import { bold, green, print, red, yellow } from "../terminal.ts"

/** The result of one check. */
export interface CheckResult {
  readonly name: string
  /** `degraded`: works for now. `skipped`: not requested. */
  readonly state: "ok" | "degraded" | "failed" | "skipped"
  /** What was found. */
  readonly finding: string
  /** What to do about it. */
  readonly fix?: string
}

const width = "client secret".length

export function ok(name: string, finding: string): CheckResult {
  return { name, state: "ok", finding }
}

export function degraded(name: string, finding: string, fix: string): CheckResult {
  return { name, state: "degraded", finding, fix }
}

export function failed(name: string, finding: string, fix: string): CheckResult {
  return { name, state: "failed", finding, fix }
}

/** Prints the results. Returns false when a check has failed. */
export function report(subject: string, checks: readonly CheckResult[]): boolean {
  print(bold(subject))
  for (const { name, state, finding, fix } of checks) {
    print(`  ${paint[state](state.padEnd(8))}  ${name.padEnd(width)}  ${finding}`)
    if (fix !== undefined) print(`  ${" ".repeat(8)}  ${" ".repeat(width)}  Fix: ${fix}`)
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
} as const satisfies Record<CheckResult["state"], (words: string) => string>

function count(state: CheckResult["state"], checks: readonly CheckResult[]): string[] {
  const some = checks.filter((check) => check.state === state).length
  return some > 0 ? [`${some} ${state}`] : []
}
