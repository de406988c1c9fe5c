import type { LogConfig, LogLevel } from "../config.ts"
import { ExchangeError, statusOf } from "../errors.ts"
import { embeddedMetrics } from "./metrics.ts"
import type { RecordedRequestLog } from "./request-log.ts"

/** How one request ended. Contains everything that may be logged about it, and nothing else. */
export interface Outcome {
  readonly functionName: string
  readonly requestId: string
  readonly at: Date
  readonly durationMs: number
  /** Undefined for a success. */
  readonly error: ExchangeError | undefined
  readonly requestLog: RecordedRequestLog
  /** Every problem of a deployment's settings. */
  readonly problems: readonly string[]
}

const order: readonly LogLevel[] = ["DEBUG", "INFO", "WARN", "ERROR"]
const maxCauses = 4

/**
 * The JSON line for an outcome, which carries its metrics too. When its level is below the configured one, it only has the
 * members that the metrics need, so that the log level never changes what is counted.
 */
export function logLine(outcome: Outcome, { environment, logLevel, metricsNamespace }: LogConfig): string {
  const level = levelOf(outcome)
  return JSON.stringify({
    time: outcome.at.toISOString(),
    level,
    function: outcome.functionName,
    environment: environment ?? "unknown",
    code: outcome.error?.code ?? "ok",
    ...(order.indexOf(level) >= order.indexOf(logLevel) && details(outcome)),
    ...embeddedMetrics(outcome.requestLog, outcome, metricsNamespace),
  })
}

function details({ requestId, durationMs, error, requestLog, problems }: Outcome): Record<string, unknown> {
  const { facts } = requestLog
  return {
    request_id: requestId,
    door: facts.door,
    origin: plainOrigin(facts.origin),
    message: error?.message,
    problems: problems.length > 0 ? problems : undefined,
    causes: error && causesOf(error),
    duration_ms: Math.round(durationMs),
    durations_ms: roundedDurations(requestLog),
    posts: requestLog.posts,
    secret_version: facts.secretVersion,
    key_id: plainName(facts.keyId),
    tenant: plainName(facts.tenant),
    associateid: error === undefined ? facts.associateId : undefined,
  }
}

function levelOf({ error, requestLog }: Outcome): LogLevel {
  if (error === undefined) return requestLog.warnings.size > 0 ? "WARN" : "INFO"
  return statusOf(error.code) >= 500 ? "ERROR" : "WARN"
}

function roundedDurations({ durations }: RecordedRequestLog): Record<string, number> {
  return Object.fromEntries(Object.entries(durations).map(([step, ms]) => [step, Math.round(ms)]))
}

interface Cause {
  readonly name: string
  readonly code: string | undefined
  /** Only for our own errors, because the messages of others may quote their input. */
  readonly message: string | undefined
  readonly stack: readonly string[]
}

/** The causes of an error, with only what is safe to log. An error that is not ours may have any text as its name. */
function causesOf(error: ExchangeError): Cause[] {
  const causes: Cause[] = []
  for (let cause = error.cause; cause instanceof Error && causes.length < maxCauses; cause = cause.cause) {
    causes.push({
      name: plainName(cause.name) ?? "Error",
      code: "code" in cause ? plainName(cause.code) : undefined,
      message: cause instanceof ExchangeError ? cause.message : undefined,
      stack: stackFrames(cause),
    })
  }
  return causes
}

/**
 * The `at …` lines of a stack. A message may contain lines that look like them, so this takes only what follows the whole
 * header, and nothing when the header is not `Name: message` or Node's `Name [CODE]: message`.
 */
function stackFrames(error: Error): string[] {
  const { stack, message }: { stack?: unknown; message: unknown } = error
  if (typeof stack !== "string" || typeof message !== "string") return []
  const name = /^[\w.]{1,64}(?: \[\w+\])?/.exec(stack)?.[0] ?? ""
  const header = message === "" ? `${name}\n` : `${name}: ${message}\n`
  if (name === "" || !stack.startsWith(header)) return []
  return stack
    .slice(header.length)
    .split("\n")
    .filter((line) => /^ {4}at /.test(line))
    .map((line) => line.trim())
}

/** An origin of this form. Undefined for anything else, which is not logged: anybody may have written it. */
function plainOrigin(origin: string | undefined): string | undefined {
  return origin !== undefined && /^https?:\/\/[\w.:[\]-]{1,253}$/.test(origin) ? origin : undefined
}

/** A short name of letters, digits and a few signs. Undefined for anything else, which is not logged. */
function plainName(name: unknown): string | undefined {
  return typeof name === "string" && /^[\w.:-]{1,64}$/.test(name) ? name : undefined
}
