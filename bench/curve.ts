import type { ByRow } from "./rounds.ts"

/** What something costs at growing values of one input, by row and round. */
export interface Curve {
  readonly input: string
  readonly cost: string
  readonly points: readonly { readonly value: number; readonly costs: ByRow<number> }[]
}
