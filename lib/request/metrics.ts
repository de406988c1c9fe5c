import type { Warning } from "./request-log.ts"

/**
 * The metrics of one outcome, as members of its log line, in CloudWatch's Embedded Metric Format: one request, and each
 * warning. The dimensions `environment`, `function` and `code` are members of that line too. They have few values, all from
 * closed lists, because AWS charges for each combination.
 */
export function embeddedMetrics(
  warnings: ReadonlySet<Warning>,
  at: Date,
  namespace: string,
): Record<string, unknown> {
  const counted = ["requests", ...warnings]
  return {
    ...Object.fromEntries(counted.map((name) => [name, 1])),
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [
        directive(
          namespace,
          [["environment"], ["environment", "code"], ["environment", "function"]],
          ["requests"],
        ),
        ...(warnings.size > 0 ? [directive(namespace, [["environment"]], [...warnings])] : []),
      ],
    },
  }
}

function directive(namespace: string, dimensions: readonly string[][], names: readonly string[]): object {
  return {
    Namespace: namespace,
    Dimensions: dimensions,
    Metrics: names.map((Name) => ({ Name, Unit: "Count" })),
  }
}
