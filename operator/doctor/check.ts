import { plain } from "../plain.ts"
import { bold, green, print, red, yellow } from "../terminal.ts"

/** The result of one check. Texts may quote what a server said: `report` makes them plain. */
export interface CheckResult {
  readonly name: string
  /** `degraded`: works for now. `skipped`: was not checked. */
  readonly state: "ok" | "degraded" | "failed" | "skipped"
  /** What was found. */
  readonly finding: string
  /** What to do about it. */
  readonly fix?: string
}

const width = "client secret".length

/** More than any of our own sentences. A value of a server in it is bounded where it is quoted. */
const maxLength = 2_000

export function ok(name: string, finding: string): CheckResult {
  return { name, state: "ok", finding }
}

export function degraded(name: string, finding: string, fix: string): CheckResult {
  return { name, state: "degraded", finding, fix }
}

export function failed(name: string, finding: string, fix: string): CheckResult {
  return { name, state: "failed", finding, fix }
}

export function skipped(name: string, finding: string): CheckResult {
  return { name, state: "skipped", finding }
}

/** Prints the results, as text or as one JSON object. Returns false when a check has failed. */
export function report(subject: string, results: readonly CheckResult[], asJson: boolean): boolean {
  const ok = results.every(({ state }) => state !== "failed")
  const checks = results.map(plainly)
  if (asJson) print(JSON.stringify({ subject: plain(subject, maxLength), ok, checks }))
  else printText(plain(subject, maxLength), checks)
  return ok
}

function plainly({ name, state, finding, fix }: CheckResult): CheckResult {
  return {
    name,
    state,
    finding: plain(finding, maxLength),
    ...(fix !== undefined && { fix: plain(fix, maxLength) }),
  }
}

function printText(subject: string, checks: readonly CheckResult[]): void {
  print(bold(subject))
  for (const { name, state, finding, fix } of checks) {
    print(`  ${paint[state](state.padEnd(8))}  ${name.padEnd(width)}  ${finding}`)
    if (fix !== undefined) print(`  ${" ".repeat(8)}  ${" ".repeat(width)}  Fix: ${fix}`)
  }
  print(states.flatMap((state) => count(state, checks)).join(", "))
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
