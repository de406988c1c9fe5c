import type { RecordedRequestLog, Step } from "./request-log.ts"

/** The steps that send a caller's credential to SuperOffice. */
const upstreamSteps: readonly Step[] = ["token", "revocation", "system_user"]

/**
 * The metrics of one outcome, as members of its log line, in CloudWatch's Embedded Metric Format: one request, each warning,
 * and the duration of a request that was sent on to SuperOffice. The dimensions `environment`, `function` and `code` are
 * members of that line too. They have few values, all from closed lists, because AWS charges for each combination.
 */
export function embeddedMetrics(
  { warnings, durations }: RecordedRequestLog,
  { at, durationMs }: { readonly at: Date; readonly durationMs: number },
  namespace: string,
): Record<string, unknown> {
  // Anybody can send requests that are refused, so the alarms about SuperOffice count only those that were sent on.
  const wasSentOn = upstreamSteps.some((step) => durations[step] !== undefined)
  return {
    ...Object.fromEntries(["requests", ...warnings].map((name) => [name, 1])),
    ...(wasSentOn && { upstream_request_ms: Math.round(durationMs) }),
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [
        directive(
          namespace,
          [["environment"], ["environment", "code"], ["environment", "function"]],
          ["requests"],
        ),
        ...(warnings.size > 0 ? [directive(namespace, [["environment"]], [...warnings])] : []),
        ...(wasSentOn
          ? [directive(namespace, [["environment"]], ["upstream_request_ms"], "Milliseconds")]
          : []),
      ],
    },
  }
}

function directive(
  namespace: string,
  dimensions: readonly string[][],
  names: readonly string[],
  unit: "Count" | "Milliseconds" = "Count",
): object {
  return {
    Namespace: namespace,
    Dimensions: dimensions,
    Metrics: names.map((Name) => ({ Name, Unit: unit })),
  }
}
