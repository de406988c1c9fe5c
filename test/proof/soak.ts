// A million requests to the built handlers: `npm run soak -- --requests 1000000 --concurrency 20`. `--write` puts the
// figures into docs/trust.md.
import { parseArgs } from "node:util"
import { circumstances, slope } from "../../harness/figures.ts"
import { writeFigures } from "./report.ts"
import { soak } from "./soak/run.ts"

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "1000000" },
    concurrency: { type: "string", default: "20" },
    write: { type: "boolean", default: false },
  },
})
const total = Number(values.requests)
const concurrency = Number(values.concurrency)

/** Of heap, per request, after warm-up; handles must not grow at all. */
const mostBytesPerRequest = 50

const outcome = await soak({
  requests: total,
  concurrency,
  onProgress: (done) => {
    console.log(`${done.toLocaleString("en")} of ${total.toLocaleString("en")}`)
  },
})
// The first quarter is warm-up.
const afterWarmUp = <Point>(points: readonly Point[]): readonly Point[] => points.slice(points.length / 4)
const bytes = slope(afterWarmUp(outcome.heap))
const handles = afterWarmUp(outcome.handles).map(([, count]) => count)
const report = [
  `${outcome.requests.toLocaleString("en")} requests, ${concurrency} at once, in ${outcome.seconds.toFixed(0)} s; none failed and none got another's answer. ${circumstances()}`,
  "",
  "| | |",
  "| --- | --- |",
  `| requests per second | ${(outcome.requests / outcome.seconds).toFixed(0)} |`,
  `| time of a request, p50 | ${outcome.p50.toFixed(2)} ms |`,
  `| time of a request, p99 | ${outcome.p99.toFixed(2)} ms |`,
  `| growth of the heap after warm-up | ${bytes.toFixed(2)} bytes per request |`,
  `| open handles after warm-up | ${Math.min(...handles)} to ${Math.max(...handles)} |`,
].join("\n")
console.log(report)
if (values.write) await writeFigures("soak", report)
if (bytes > mostBytesPerRequest || Math.max(...handles) > concurrency + 20) {
  console.error("the handlers grow")
  process.exitCode = 1
}
