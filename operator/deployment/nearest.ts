/** The known name that a misspelt one probably means; undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "")
  const [best] = known
    .map((candidate) => ({ candidate, changes: distance(plain(name), plain(candidate)) }))
    .toSorted((a, b) => a.changes - b.changes)
  return best && best.changes <= Math.max(2, name.length / 4) ? best.candidate : undefined
}

/** The fewest letters to add, remove or replace that make one text of the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const letter of from) {
    const above = row
    row = [(above[0] ?? 0) + 1]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1)
      row.push(Math.min(replaced, (above[column] ?? 0) + 1, (row[column - 1] ?? 0) + 1))
    }
  }
  return row.at(-1) ?? 0
}
