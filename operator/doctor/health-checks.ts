import type { HealthResponse } from "../../lib/contract.ts"
import { expiryNoticeDays } from "../../lib/credentials/expiry.ts"
import { plain } from "../plain.ts"
import { degraded, failed, ok, type CheckResult } from "./check.ts"

/** What the operator expects of the deployment, and how to name it. */
export interface Expected {
  /** The SuperOffice environment; undefined if any is right. */
  readonly environment: string | undefined
  /** Options that name the deployment's secret: `--stage online`. */
  readonly secretOptions: string
}

/** Checks the health function's answer. */
export function healthChecks(health: HealthResponse, expected: Expected): CheckResult[] {
  return [
    environment(health, expected),
    clientSecret(health, expected),
    keySet(health),
    clock(health),
    ...secretExpiry(health, expected),
  ]
}

function environment({ environment }: HealthResponse, expected: Expected): CheckResult {
  if (expected.environment === undefined || expected.environment === environment)
    return ok("environment", environment)
  return failed(
    "environment",
    `${environment}, not ${expected.environment}`,
    "set environment in deployment.yml, and clientSecretId to a secret of the application in that environment",
  )
}

function clientSecret(
  { secret: { error, version, age_seconds: age, stale, problem } }: HealthResponse,
  { secretOptions }: Expected,
): CheckResult {
  const name = "client secret"
  const held = `version ${plain(version ?? "unknown", 64)}, read ${ageOf(age)} ago`
  if (problem !== null || error === "configuration_invalid") {
    const cause = plain(problem ?? "it is missing, not readable by the function, or not usable", 300)
    const permissions =
      problem === null
        ? "; the function's role needs secretsmanager:GetSecretValue on it, and kms:Decrypt if it has a KMS key of its own"
        : ""
    return failed(
      name,
      error === null ? `${held}, is still in use, but the current one cannot be used: ${cause}` : cause,
      `npm run secret -- status ${secretOptions} shows its versions, and what is wrong with them${permissions}`,
    )
  }
  if (error !== null) {
    return failed(
      name,
      `it cannot be read (${plain(error, 64)})`,
      "check whether AWS Secrets Manager is up, and whether it throttles",
    )
  }
  return stale
    ? degraded(name, `${held}, and later reads failed`, "check whether AWS Secrets Manager is up")
    : ok(name, held)
}

/** Nothing for a secret without a date. */
function secretExpiry({ secret }: HealthResponse, { secretOptions }: Expected): CheckResult[] {
  const { expires, expires_in_days: days, expires_problem: problem } = secret
  const name = "secret expiry"
  const replace = `npm run secret -- replace ${secretOptions} --expires YYYY-MM-DD`
  if (problem !== null) {
    const fix = `with return at its question, which keeps the client secret: ${replace}`
    return [degraded(name, plain(problem, 300), fix)]
  }
  if (expires === null || days === null) return []
  const fix = `make a new client secret in SuperOffice's developer portal, and store it: ${replace}`
  const date = plain(expires, 64)
  if (days < 0) return [failed(name, `the client secret's date, ${date}, has passed`, fix)]
  const finding = days === 0 ? `the client secret expires today, ${date}` : `${date}, in ${days} days`
  return [days <= expiryNoticeDays ? degraded(name, finding, fix) : ok(name, finding)]
}

function keySet({ environment, key_set }: HealthResponse): CheckResult {
  const { error, key_ids: ids, age_seconds: age, stale } = key_set
  const name = "key set"
  const fix = `check whether https://${environment}.superoffice.com is up, and whether the function can reach it from its VPC, if it has one`
  if (error !== null) {
    return failed(name, `SuperOffice's signing keys cannot be read (${plain(error, 64)})`, fix)
  }
  const finding = `${listOf(ids)}, read ${ageOf(age)} ago`
  return stale ? degraded(name, `${finding}, and later reads failed`, fix) : ok(name, finding)
}

/** SuperOffice has two or three. */
const maxListed = 10

function listOf(ids: readonly string[]): string {
  const listed = ids.slice(0, maxListed).map((id) => plain(id, 64))
  const others = ids.length - listed.length
  return [...listed, ...(others > 0 ? [`and ${others} more`] : [])].join(", ")
}

/** The default of CLOCK_TOLERANCE_SECONDS. */
const defaultToleranceSeconds = 60

function clock({ status, secret, key_set: keys, clock_skew_seconds: skew }: HealthResponse): CheckResult {
  const name = "clock"
  if (skew === null) {
    return degraded(
      name,
      "SuperOffice sent no time to compare with",
      "run this again when SuperOffice answers",
    )
  }
  const finding = `SuperOffice's clock is ${Math.abs(skew)} s ${skew < 0 ? "behind" : "ahead"}`
  const othersAreOk = [secret, keys].every(({ error, stale }) => error === null && !stale)
  // Health is degraded when the skew exceeds the deployed tolerance, which it does not report. If another problem
  // degrades it too, compare with the default.
  const isOff = status === "degraded" && (othersAreOk || Math.abs(skew) > defaultToleranceSeconds)
  if (!isOff) return ok(name, finding)
  return failed(
    name,
    `${finding}, which is more than this deployment tolerates`,
    "Lambda's clock is synchronized, so SuperOffice has to correct its own; until then raise CLOCK_TOLERANCE_SECONDS (0 to 300)",
  )
}

function ageOf(seconds: number | null): string {
  return seconds === null ? "some time" : `${seconds} s`
}
