/** The middle of a sample, and where its middle half lies. */
export interface Spread {
  readonly low: number
  readonly median: number
  readonly high: number
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { low: quantile(sorted, 0.25), median: quantile(sorted, 0.5), high: quantile(sorted, 0.75) }
}

export function median(values: readonly number[]): number {
  return spread(values).median
}

/** One value against another of the same round, so that what disturbed the round cancels out. */
export function pairedRatios(values: readonly number[], base: readonly number[]): number[] {
  return values.map((value, round) => value / (base[round] ?? NaN))
}

/** One value less another of the same round, likewise. */
export function pairedDifferences(values: readonly number[], base: readonly number[]): number[] {
  return values.map((value, round) => value - (base[round] ?? NaN))
}

/** Linear between the two nearest. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? NaN
  const above = sorted[Math.ceil(place)] ?? NaN
  return below + (above - below) * (place - Math.floor(place))
}
