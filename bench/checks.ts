import { runCold } from "./cold.ts"
import type { Node } from "./nodes.ts"
import { workingRows, type RowName } from "./rows.ts"
import type { StandIn } from "./stand-in/start.ts"
import { faults, goodToken, olderToken } from "./stand-in/tokens.ts"

/** What a row makes of tokens that are not the usual one. */
export interface Check {
  /** Faults that it took for good. */
  readonly accepted: readonly string[]
  /** True when it reads SuperOffice's tokens of 2018. */
  readonly readsOlderTokens: boolean
}

/** Tries every row with bad tokens before anything is timed: speed never buys a skipped check. */
export async function checkRows(node: Node, standIn: StandIn): Promise<ReadonlyMap<RowName, Check>> {
  const codes = [goodToken, olderToken, ...faults]
  const checks = new Map<RowName, Check>()
  for (const row of workingRows) {
    const { right, isValid } = await runCold(row, { node: node.path, standIn, codes })
    if (!isValid) throw new Error(`${row.label} does not do the work`)
    const [, readsOlderTokens = false, ...verdicts] = right
    checks.set(row.name, { accepted: faults.filter((_, index) => verdicts[index]), readsOlderTokens })
  }
  return checks
}
