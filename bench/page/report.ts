import { table, withSpread } from "../markdown.ts"
import { median, pairedRatios, spread } from "../statistics.ts"
import type { PageResults } from "./measure.ts"
import { pageRows } from "./rows.ts"
import type { Visit, Wait } from "./visit.ts"

/** How long each row's page waited, and for what. */
export function pageReport({ chromium, node, runs }: PageResults): string {
  const head = [
    "",
    "sign-in, ms",
    "of session",
    "OPTIONS, others",
    "reload, ms",
    "of session",
    "OPTIONS, others",
  ]
  const session = runs.get("classic") ?? []
  const lines = pageRows.map(({ name, label }) => {
    const visits = runs.get(name) ?? []
    const isValid = visits.every((visit) => visit.isValid)
    const cells = (wait: (visit: Visit) => Wait): string[] =>
      isValid ? cellsOf(visits.map(wait), session.map(wait)) : ["**INVALID**", "", ""]
    return [label, ...cells(({ signIn }) => signIn), ...cells(({ reload }) => reload)]
  })
  const rounds = session.length
  return `${table(head, lines)}\n\nChromium ${chromium}, functions on Node ${node.version}, ${rounds} rounds. Medians and quartiles.`
}

function cellsOf(own: readonly Wait[], session: readonly Wait[]): string[] {
  const [times, others] = [own, session].map((waits) => waits.map(({ ms }) => ms))
  const counts = new Set(own.map(({ preflights, requests }) => `${preflights}, ${requests}`))
  return [
    withSpread(spread(times ?? [])),
    median(pairedRatios(times ?? [], others ?? [])).toFixed(2),
    [...counts].join("; "),
  ]
}
