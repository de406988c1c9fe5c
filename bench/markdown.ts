import type { Spread } from "./statistics.ts"

/** A table with a column of names and columns of figures. */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"))
  return [head, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}

/** `86 (82–91)`: median and quartiles. */
export function withSpread({ low, median, high }: Spread, digits = 0): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}
