/** How much is measured. */
export interface Plan {
  readonly coldRounds: number
  readonly farRounds: number
  readonly throttledRounds: number
  /** Memory of the functions that are emulated, in MB. */
  readonly throttledTo: readonly number[]
  readonly warmRounds: number
  readonly warmInvocations: number
  readonly productHeapInvocations: number
  readonly peerHeapInvocations: number
  readonly growthRounds: number
  readonly replacementRounds: number
  readonly pageRounds: number
}

/** Round trip to an upstream that is not beside us. */
export const farMs = 20

export const concurrencies = [1, 10, 100] as const

export const fullPlan: Plan = {
  coldRounds: 20,
  farRounds: 10,
  throttledRounds: 5,
  throttledTo: [256, 512, 1024, 1769],
  warmRounds: 8,
  warmInvocations: 1000,
  productHeapInvocations: 100_000,
  peerHeapInvocations: 10_000,
  growthRounds: 5,
  replacementRounds: 60,
  pageRounds: 10,
}

export const quickPlan: Plan = {
  coldRounds: 10,
  farRounds: 5,
  throttledRounds: 3,
  throttledTo: [1024],
  warmRounds: 3,
  warmInvocations: 500,
  productHeapInvocations: 10_000,
  peerHeapInvocations: 0,
  growthRounds: 1,
  replacementRounds: 20,
  pageRounds: 3,
}
