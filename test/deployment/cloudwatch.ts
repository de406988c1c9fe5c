import { runInNewContext } from "node:vm"
import { list, object, text, type JsonObject } from "../support/template.ts"

/** The values of metrics in one period, by namespace, name and dimensions. */
export type Metrics = ReadonlyMap<string, readonly number[]>

/** What CloudWatch makes of log lines in Embedded Metric Format. */
export function metricsOf(lines: readonly string[]): Metrics {
  const metrics = new Map<string, number[]>()
  for (const line of lines.map((text) => JSON.parse(text) as JsonObject)) {
    for (const directive of list(object(line._aws).CloudWatchMetrics).map(object)) {
      for (const dimensions of list(directive.Dimensions).map(list)) {
        const values = Object.fromEntries(dimensions.map((name) => [text(name), text(line[text(name)])]))
        for (const name of list(directive.Metrics).map((metric) => text(object(metric).Name))) {
          const key = metricKey(text(directive.Namespace), name, values)
          metrics.set(key, [...(metrics.get(key) ?? []), Number(line[name])])
        }
      }
    }
  }
  return metrics
}

export function metricKey(
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort()])
}

/** Whether one period with these metrics is above an alarm's threshold; missing data never is. */
export function breaches(alarm: JsonObject, metrics: Metrics): boolean {
  const [expression, ...queries] = list(alarm.Metrics).map(object)
  const values = Object.fromEntries(
    queries.flatMap(({ Id, MetricStat }) => {
      const { Metric, Stat } = object(MetricStat)
      const found = metrics.get(keyOf(object(Metric)))
      return found === undefined ? [] : [[text(Id), statistic(text(Stat), found)]]
    }),
  )
  const present = Object.values(values)
  if (present.length === 0) return false
  // Metric math, as far as our alarms speak it, reads as JavaScript.
  const result = runInNewContext(text(expression?.Expression).replaceAll(/FILL\((\w+),/g, 'FILL("$1",'), {
    ...values,
    METRICS: () => present,
    SUM: (all: number[]) => all.reduce((sum, one) => sum + one, 0),
    MAX: (all: number[]) => Math.max(...all),
    FILL: (id: string, otherwise: number) => values[id] ?? otherwise,
  }) as number
  return result > Number(alarm.Threshold)
}

function statistic(name: string, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  if (name === "Sum") return sorted.reduce((sum, one) => sum + one, 0)
  if (name === "SampleCount") return sorted.length
  if (name === "p99") return sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0
  throw new Error(`${name} is not a statistic of our alarms`)
}

function keyOf({ Namespace, MetricName, Dimensions }: JsonObject): string {
  const dimensions = list(Dimensions)
    .map(object)
    .map(({ Name, Value }) => [text(Name), text(Value)] as const)
  return metricKey(text(Namespace), text(MetricName), Object.fromEntries(dimensions))
}
