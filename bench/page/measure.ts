import { readFile } from "node:fs/promises"
import type { Browser } from "playwright-core"
import type { Node } from "../nodes.ts"
import { say } from "../progress.ts"
import { interleave } from "../rounds.ts"
import { hasBrowser, launchBrowser } from "./browser.ts"
import { pageRows, type PageRow } from "./rows.ts"
import { startStacks, type Stacks } from "./stacks.ts"
import { visit, type Visit } from "./visit.ts"

/** What pages waited for. */
export interface PageResults {
  /** `156.0.8078.108`. */
  readonly chromium: string
  readonly node: Node
  readonly runs: ReadonlyMap<PageRow["name"], readonly Visit[]>
}

/** The rows' pages in a browser, and all that is behind them. */
export interface Pages {
  readonly browser: Browser
  readonly stacks: Stacks
  readonly close: () => Promise<void>
}

export async function openPages(node: Node): Promise<Pages> {
  const stacks = await startStacks(node)
  const upstream = await readFile(stacks.standIn.env.NODE_EXTRA_CA_CERTS ?? "", "utf8")
  const browser = await launchBrowser([stacks.certificate.cert, upstream])
  const close = async (): Promise<void> => {
    await browser.close()
    await stacks.close()
  }
  return { browser, stacks, close }
}

/** What a page waits for with each row; nothing where there is no Chromium. */
export async function measurePages(node: Node, rounds: number): Promise<PageResults | undefined> {
  if (!hasBrowser()) {
    say("no Chromium here: what a page waits for is left out")
    return undefined
  }
  const pages = await openPages(node)
  try {
    const checks = new Map<PageRow["name"], Visit>()
    for (const row of pageRows) checks.set(row.name, await check(row, pages))
    const runs = await interleave(pageRows, rounds, async (row, round) => {
      const checked = checks.get(row.name)
      if (checked && !checked.isValid) return checked
      say(`Node ${node.version}: a page, round ${round + 1} of ${rounds}: ${row.label}`)
      return told(row, await visit(row, pages))
    })
    return { chromium: pages.browser.version(), node, runs }
  } finally {
    await pages.close()
  }
}

/** Lets the row's page do everything once before it is timed, which also warms its functions. A row that fails is not timed. */
async function check(row: PageRow, pages: Pages): Promise<Visit> {
  say(`a page, not timed: ${row.label}`)
  return told(row, await visit(row, pages))
}

/** Says what was wrong, because the table only has that something was. */
function told(row: PageRow, visited: Visit): Visit {
  for (const problem of visited.problems) say(`${row.label}: ${problem}`)
  return visited
}
