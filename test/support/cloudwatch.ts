import { runInNewContext } from "node:vm"
import { list, object, text, type Json, type JsonObject } from "./template.ts"

/** Sums of metrics over one period, by namespace, name and dimensions. */
export type Metrics = ReadonlyMap<string, number>

/** What CloudWatch makes of log lines in Embedded Metric Format. */
export function metricsOf(lines: readonly string[]): Metrics {
  const sums = new Map<string, number>()
  for (const line of lines.map((text) => JSON.parse(text) as JsonObject)) {
    for (const directive of list(object(line._aws).CloudWatchMetrics).map(object)) {
      for (const dimensions of list(directive.Dimensions).map(list)) {
        const values = Object.fromEntries(dimensions.map((name) => [text(name), text(line[text(name)])]))
        for (const name of list(directive.Metrics).map((metric) => text(object(metric).Name))) {
          const key = metricKey(text(directive.Namespace), name, values)
          sums.set(key, (sums.get(key) ?? 0) + Number(line[name]))
        }
      }
    }
  }
  return sums
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
      const value = metrics.get(keyOf(object(object(MetricStat).Metric)))
      return value === undefined ? [] : [[text(Id), value]]
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

function keyOf({ Namespace, MetricName, Dimensions }: JsonObject): string {
  const dimensions = list(Dimensions as Json).map((one) => [text(object(one).Name), text(object(one).Value)])
  return metricKey(
    text(Namespace),
    text(MetricName),
    Object.fromEntries(dimensions) as Record<string, string>,
  )
}
