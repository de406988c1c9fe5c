// Bad input at volume: `npm run fuzz -- --events 200000 --tokens 200000 --seed 20261123`. Fails with the seed and the
// smallest counterexample. `--write` puts the figures into docs/trust.md.
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { fuzzEvents, fuzzTokens, type Tally } from "./fuzz/run.ts"
import { circumstances, slope } from "../../harness/figures.ts"
import { progress, writeFigures } from "./report.ts"

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "200000" },
    tokens: { type: "string", default: "200000" },
    seed: { type: "string", default: "20261123" },
    write: { type: "boolean", default: false },
    part: { type: "string" },
  },
})
const seed = Number(values.seed)

/** More than this is growth; what is below is the noise of a heap and fast-check's own. */
const mostBytesPerInput = 200

/** What one half has seen: how often each answer was given, and how the heap went. */
interface Half {
  readonly tally: readonly (readonly [string, number])[]
  readonly bytesPerInput: number
  readonly seconds: number
}

if (values.part === "events") await runHalf("events", Number(values.events), fuzzEvents)
else if (values.part === "tokens") await runHalf("token answers", Number(values.tokens), fuzzTokens)
else await runBoth()

/** Each half has a process of its own. */
async function runBoth(): Promise<void> {
  console.log(`seed ${seed}`)
  const [events, tokens] = await Promise.all([start("events"), start("tokens")])
  const report = [
    `Seed ${seed}. ${circumstances()}`,
    "",
    "| input | how many | seconds | heap, bytes per input |",
    "| --- | --- | --- | --- |",
    row("events", Number(values.events), events),
    row("token answers and ID Tokens", Number(values.tokens), tokens),
    "",
    answersOf("events", events),
    answersOf("token answers and ID Tokens", tokens),
  ].join("\n")
  console.log(report)
  if (values.write) await writeFigures("fuzz", report)
  if (Math.max(events.bytesPerInput, tokens.bytesPerInput) > mostBytesPerInput) {
    console.error(`the heap grows by more than ${mostBytesPerInput} bytes per input`)
    process.exitCode = 1
  }
}

async function start(part: "events" | "tokens"): Promise<Half> {
  const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), "--part", part], {
    execArgv: [...process.execArgv, "--expose-gc"],
  })
  const exit = once(child, "exit")
  const message = once(child, "message")
  const [first] = (await Promise.race([message, exit])) as [Half | number | null]
  if (typeof first !== "object" || first === null) {
    console.error(`the fuzzing of ${part} failed`)
    process.exit(1)
  }
  return first
}

async function runHalf(what: string, runs: number, fuzz: typeof fuzzEvents): Promise<void> {
  const show = progress(what, runs)
  const heap: [number, number][] = []
  const every = Math.max(1, Math.floor(runs / 20))
  const startedAt = performance.now()
  const tally: Tally = await fuzz({
    runs,
    seed,
    onInput: (index) => {
      show(index)
      if (index % every !== 0) return
      globalThis.gc?.()
      heap.push([index, process.memoryUsage().heapUsed])
    },
  })
  const half: Half = {
    tally: [...tally].sort(([, a], [, b]) => b - a),
    // The first quarter is warm-up.
    bytesPerInput: slope(heap.slice(heap.length / 4)),
    seconds: (performance.now() - startedAt) / 1000,
  }
  process.send?.(half)
}

function row(what: string, runs: number, { bytesPerInput, seconds }: Half): string {
  return `| ${what} | ${runs.toLocaleString("en")} | ${seconds.toFixed(0)} | ${bytesPerInput.toFixed(1)} |`
}

function answersOf(what: string, { tally }: Half): string {
  return `- ${what}: ${tally.map(([code, count]) => `${code} ${count.toLocaleString("en")}`).join(", ")}`
}
