import type { RowName } from "./rows.ts"

/** What every row gave, by round; rounds of different rows pair up. */
export type ByRow<T> = ReadonlyMap<RowName, readonly T[]>

/** Runs every row once a round, beginning with another one each time, so that no row has the better place. */
export async function interleave<Row extends { readonly name: string }, T>(
  rows: readonly Row[],
  rounds: number,
  run: (row: Row, round: number) => Promise<T>,
): Promise<ReadonlyMap<Row["name"], readonly T[]>> {
  const results = new Map<Row["name"], T[]>(rows.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const first = round % rows.length
    for (const row of [...rows.slice(first), ...rows.slice(0, first)]) {
      results.get(row.name)?.push(await run(row, round))
    }
  }
  return results
}
