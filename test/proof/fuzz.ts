// Bad input at volume: `npm run fuzz -- --events 200000 --tokens 200000 --seed 20261123`. Fails with the seed and the
// smallest counterexample. `--write` puts the figures into docs/trust.md.
import { parseArgs } from "node:util"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { fuzzEvents, fuzzTokens } from "./fuzz/run.ts"
import { circumstances, slope } from "../../harness/figures.ts"
import { writeFigures } from "./report.ts"

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "200000" },
    tokens: { type: "string", default: "200000" },
    seed: { type: "string", default: "20261123" },
    write: { type: "boolean", default: false },
  },
})
const seed = Number(values.seed)

/** More than this is growth; what is below is the noise of a heap and fast-check's own. */
const mostBytesPerInput = 200

setFlagsFromString("--expose-gc")
const collectGarbage = runInNewContext("gc") as () => void

console.log(`seed ${seed}`)
const halves = [
  await measure("events", Number(values.events), fuzzEvents),
  await measure("token answers and ID Tokens", Number(values.tokens), fuzzTokens),
]
const report = [
  `Seed ${seed}. ${circumstances()}`,
  "",
  "| input | how many | seconds | heap, bytes per input |",
  "| --- | --- | --- | --- |",
  ...halves.map(({ row }) => row),
  "",
  ...halves.map(({ answers }) => answers),
].join("\n")
console.log(report)
if (values.write) await writeFigures("fuzz", report)
if (halves.some(({ bytesPerInput }) => bytesPerInput > mostBytesPerInput)) {
  console.error(`the heap grows by more than ${mostBytesPerInput} bytes per input`)
  process.exitCode = 1
}

/** Fuzzes, and tells how often each answer was given, and how the heap went. */
async function measure(what: string, runs: number, fuzz: typeof fuzzEvents) {
  const heap: [number, number][] = []
  const every = Math.max(1, Math.floor(runs / 20))
  const startedAt = performance.now()
  const tally = await fuzz({
    runs,
    seed,
    onInput: (index) => {
      if (index % every !== 0) return
      console.log(`${what}: ${index.toLocaleString("en")} of ${runs.toLocaleString("en")}`)
      collectGarbage()
      heap.push([index, process.memoryUsage().heapUsed])
    },
  })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  // The first quarter is warm-up.
  const bytesPerInput = slope(heap.slice(heap.length / 4))
  const counts = [...tally].sort(([, a], [, b]) => b - a)
  return {
    bytesPerInput,
    row: `| ${what} | ${runs.toLocaleString("en")} | ${seconds} | ${bytesPerInput.toFixed(1)} |`,
    answers: `- ${what}: ${counts.map(([code, count]) => `${code} ${count.toLocaleString("en")}`).join(", ")}`,
  }
}
