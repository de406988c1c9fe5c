import axe, { type Result } from "axe-core"
import type { BrowserContext, Page } from "playwright-core"

export interface Findings {
  /** What axe, or the page's width, says against the page: one line for each fault, in each window. */
  readonly faults: readonly string[]
  /** How many rules applied to the page and held, where the fewest did. */
  readonly passes: number
}

const windows = (["light", "dark"] as const).flatMap((colorScheme) =>
  [320, 480, 768, 1280].map((width) => ({ colorScheme, width })),
)

/**
 * The rules of WCAG 2.2 A and AA, axe's best practices and its experiments. `hidden-content` only says that something is
 * hidden. AAA asks for a contrast of 7:1, which WCAG itself does not recommend as a general policy.
 */
const rules = axe
  .getRules()
  .filter(({ tags }) => !tags.includes("deprecated") && !tags.includes("wcag2aaa"))
  .map(({ ruleId }) => ruleId)
  .filter((id) => id !== "hidden-content")

/** Tests the page as it stands, in windows of each width and colour scheme. */
export async function inspect(tab: Page): Promise<Findings> {
  // By the debugger, whose scripts the page's policy does not forbid.
  await tab.evaluate(axe.source)
  const faults: string[] = []
  const passes: number[] = []
  for (const { colorScheme, width } of windows) {
    await tab.emulateMedia({ colorScheme, reducedMotion: "reduce" })
    await tab.setViewportSize({ width, height: 800 })
    const found = await tab.evaluate<AxeResults>(runAxe)
    // Nothing on our pages has to be such that axe cannot decide.
    const lines = [...found.violations, ...found.incomplete].flatMap(linesOf)
    if (found.excess > 0) lines.push(`the page is ${found.excess} pixels wider than the window`)
    faults.push(...lines.map((line) => `${colorScheme}, ${width} wide: ${line}`))
    passes.push(found.passes)
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

const runAxe = `axe.run(document, ${JSON.stringify({ runOnly: rules, resultTypes: ["violations", "incomplete"] })})
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

/** The errors and warnings in a browser's console, from now on. Each answer from 400 on is one, an icon's too. */
export function complaintsOf(context: BrowserContext): readonly string[] {
  const complaints: string[] = []
  context.on("weberror", (error) => complaints.push(error.error().message))
  context.on("console", (message) => {
    if (!["error", "warning"].includes(message.type())) return
    const { url } = message.location()
    const text = message
      .text()
      .replace(/^Failed to load resource: (the server responded with a status of )?/, "")
    const path = URL.canParse(url) ? new URL(url).pathname.replace(/[\w-]{43}$/, "…") : url
    complaints.push(`${path}: ${text}`)
  })
  return complaints
}
