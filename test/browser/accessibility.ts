import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import axe, { type Result } from "axe-core"
import type { Page } from "playwright-core"

export interface Findings {
  /** What axe, or the page's width, says against the page: one line for each fault, in each window. */
  readonly faults: readonly string[]
  /** How many rules applied to the page and held, of all of them at the width where the fewest did. */
  readonly passes: number
}

/** Parsed in every tab, so the smaller one. */
const program = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/**
 * The rules of WCAG 2.2 A and AA, axe's best practices and its experiments. `hidden-content` only says that something is
 * hidden. AAA asks for a contrast of 7:1, which WCAG itself does not recommend as a general policy.
 */
const rules = axe
  .getRules()
  .filter(({ ruleId, tags }) => ruleId !== "hidden-content" && !/deprecated|wcag2aaa/.test(tags.join()))

/** What depends on the layout. No width hides anything on our pages, so the other rules hold at each if they hold at two. */
const ofLayout = rules.filter(
  ({ ruleId, tags }) =>
    tags.includes("cat.color") || ["target-size", "scrollable-region-focusable"].includes(ruleId),
)
const ofColor = rules.filter(({ tags }) => tags.includes("cat.color"))

const windows = [
  { colorScheme: "light", width: 320, rules },
  { colorScheme: "light", width: 480, rules: ofLayout },
  { colorScheme: "light", width: 768, rules: ofLayout },
  { colorScheme: "light", width: 1280, rules },
  { colorScheme: "dark", width: 1280, rules: ofColor },
  { colorScheme: "dark", width: 320, rules: ofColor },
] as const

/** Tests the page as it stands, in windows of each width and colour scheme. */
export async function inspect(tab: Page): Promise<Findings> {
  // By the debugger, whose scripts the page's policy does not forbid.
  await tab.evaluate(program)
  const faults: string[] = []
  const passes: number[] = []
  for (const { colorScheme, width, rules: some } of windows) {
    await tab.emulateMedia({ colorScheme, reducedMotion: "reduce" })
    await tab.setViewportSize({ width, height: 800 })
    const found = await tab.evaluate<AxeResults>(axeRun(some.map(({ ruleId }) => ruleId)))
    // Nothing on our pages has to be such that axe cannot decide.
    const lines = [...found.violations, ...found.incomplete].flatMap(linesOf)
    if (found.excess > 0) lines.push(`the page is ${found.excess} pixels wider than the window`)
    faults.push(...lines.map((line) => `${colorScheme}, ${width} wide: ${line}`))
    if (some === rules) passes.push(found.passes)
  }
  return { faults, passes: Math.min(...passes) }
}

interface AxeResults {
  readonly violations: readonly Result[]
  readonly incomplete: readonly Result[]
  /** The number of rules. What they say of each element takes longer to transfer than to find. */
  readonly passes: number
  /** By how many pixels the page is wider than the window. */
  readonly excess: number
}

const axeRun = (runOnly: readonly string[]) =>
  `axe.run(document, ${JSON.stringify({ runOnly, resultTypes: ["violations", "incomplete"] })})
  .then(({ violations, incomplete, passes }) => ({
    violations,
    incomplete,
    passes: passes.length,
    excess: document.documentElement.scrollWidth - innerWidth,
  }))`

function linesOf({ id, impact, nodes }: Result): readonly string[] {
  return nodes.map(({ target, failureSummary = "" }) => {
    const text = failureSummary.replaceAll(/\s+/g, " ")
    return `${id} (${impact ?? "no impact"}) at ${target.join(" ")}: ${text}`
  })
}
