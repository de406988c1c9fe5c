import { CommandFailure } from "../failure.ts"

/** One mistake in the facts of a deployment. The texts never quote a value that was given. */
export interface Fault {
  /** A setting, or another name that was given. */
  readonly name: string
  /** What is wrong. Follows the name: "must be …". */
  readonly wrong: string
  /** What would be right. */
  readonly right?: string | undefined
}

/** Where a value was given: `line 4`, `--param`. */
export type Source = string

/** Ends the command with every fault, in the order of their lines. */
export function refuseDeployment(
  subject: string,
  faults: readonly Fault[],
  sources: ReadonlyMap<string, Source>,
): never {
  const lines = faults
    .map((fault) => ({ ...fault, source: sources.get(fault.name) ?? "missing" }))
    .toSorted((a, b) => order(a.source) - order(b.source))
    .map(({ name, wrong, right, source }) =>
      sentence(`  ${source.padEnd(8)} ${name} ${wrong}${right === undefined ? "" : `: ${right}`}`),
    )
  throw new CommandFailure([subject, "", ...lines, "", "docs/settings.md lists every setting."].join("\n"))
}

function sentence(text: string): string {
  return text.endsWith("?") ? text : `${text}.`
}

/** Options first, then the lines of the file, then what is missing. */
function order(source: Source): number {
  if (source.startsWith("--")) return 0
  return Number(/\d+$/.exec(source)?.[0] ?? Infinity)
}
