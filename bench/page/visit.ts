import { setTimeout as sleep } from "node:timers/promises"
import type { Browser } from "playwright-core"
import type { Issued } from "../stand-in/start.ts"
import { tenant } from "../stand-in/sign-in.ts"
import type { Arrival } from "./front.ts"
import type { Outcome } from "./pages/outcome.ts"
import type { PageRow } from "./rows.ts"
import type { Stacks } from "./stacks.ts"

/** How long a page waited for its access token, and for what. */
export interface Wait {
  readonly ms: number
  /** Requests that reached the front in this time: preflights, and all others. */
  readonly preflights: number
  readonly requests: number
}

/** A user who signs in and reloads the page twice. */
export interface Visit {
  readonly signIn: Wait
  /** It would need a preflight if it asked another path than the sign-in did. */
  readonly firstReload: Wait
  readonly reload: Wait
  /** What was wrong. */
  readonly problems: readonly string[]
  readonly isValid: boolean
}

const timeoutMs = 20_000

/** A user looks at a page first, and the browser has work to do after it has shown one. */
const settleMs = 300

const noWait: Wait = { ms: NaN, preflights: 0, requests: 0 }

/** Opens the row's page in a browser context that has been nowhere. */
export async function visit(
  row: PageRow,
  { browser, stacks }: { readonly browser: Browser; readonly stacks: Stacks },
): Promise<Visit> {
  const { byRow, standIn } = stacks
  const { page: url, front } = byRow[row.name]
  const context = await browser.newContext()
  const problems: string[] = []
  let hear: (outcome: Outcome) => void = () => undefined
  let lastToken: string | undefined

  /** Does something after which the page tells of an access token. */
  async function wait(what: string, act: () => Promise<unknown>, isNew: boolean): Promise<Wait> {
    const told = new Promise<Outcome>((resolve) => (hear = resolve))
    const late: Outcome = { startedAt: NaN, stored: [], error: `no answer in ${timeoutMs} ms` }
    await sleep(settleMs)
    front.takeArrivals()
    await standIn.calls()
    await act()
    const outcome = await Promise.race([told, sleep(timeoutMs, late, { ref: false })])
    const { token: redeemed } = await standIn.calls()
    const found = problemsOf(row, outcome, await standIn.lastIssued())
    if (redeemed !== (isNew ? 1 : 0)) found.push(`SuperOffice was asked ${redeemed} times`)
    if (isNew && outcome.accessToken === lastToken) found.push("the access token is the one from before")
    problems.push(...found.map((problem) => `${what}: ${problem}`))
    lastToken = outcome.accessToken
    return waitOf(outcome, front.takeArrivals())
  }

  const visited = { signIn: noWait, firstReload: noWait, reload: noWait }
  try {
    const page = await context.newPage()
    await page.exposeFunction("report", (outcome: Outcome) => {
      hear(outcome)
    })
    await page.goto(url)
    visited.signIn = await wait("sign-in", () => page.evaluate("signIn()"), true)
    visited.firstReload = await wait("first reload", () => page.reload(), row.renews)
    visited.reload = await wait("reload", () => page.reload(), row.renews)
  } catch (error) {
    problems.push(String(error))
  } finally {
    await context.close()
  }
  return { ...visited, problems, isValid: problems.length === 0 }
}

/** What is wrong with what a page has after it waited, beside the time that it took. */
export function problemsOf(
  row: PageRow,
  { accessToken, tenant: found, stored, error }: Outcome,
  issued: Issued,
): string[] {
  const isCredential = (value: string): boolean =>
    row.storesSession ? value.includes(issued.refreshToken) : value !== tenant
  return [
    error,
    accessToken !== issued.accessToken && "the access token is not SuperOffice's",
    found !== tenant && "the tenant is another",
    stored.some(isCredential) && "web storage has a refresh token, or may have",
  ].filter((problem) => typeof problem === "string")
}

function waitOf({ startedAt, endedAt = NaN }: Outcome, arrivals: readonly Arrival[]): Wait {
  const within = arrivals.filter(({ at }) => at >= startedAt && at <= endedAt)
  const preflights = within.filter(({ method }) => method === "OPTIONS").length
  return {
    ms: endedAt - startedAt,
    preflights,
    requests: within.length - preflights,
  }
}
