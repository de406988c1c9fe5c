import { distance } from "fastest-levenshtein"

/** The known name that a misspelt one probably means; undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "")
  const [best] = known
    .map((candidate) => ({ candidate, changes: distance(plain(name), plain(candidate)) }))
    .toSorted((a, b) => a.changes - b.changes)
  return best && best.changes <= Math.max(2, name.length / 4) ? best.candidate : undefined
}
