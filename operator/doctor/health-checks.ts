import type { HealthResponse } from "../../lib/contract.ts"
import { degraded, failed, ok, type CheckResult } from "./check.ts"

/** What health tells, one by one. `expected` is the environment that the operator means. */
export function healthChecks(health: HealthResponse, expected: string | undefined): CheckResult[] {
  return [environment(health, expected), clientSecret(health), keySet(health), clock(health)]
}

function environment({ environment }: HealthResponse, expected: string | undefined): CheckResult {
  if (expected === undefined || expected === environment) return ok("environment", environment)
  return failed(
    "environment",
    `${environment}, not ${expected}`,
    "set environment in deployment.yml, and clientSecretId to a secret of the application in that environment",
  )
}

function clientSecret({ secret: { error, version, age_seconds: age, stale } }: HealthResponse): CheckResult {
  const name = "client secret"
  if (error === "configuration_invalid") {
    return failed(
      name,
      "it is not there, not the function's to read, or not usable",
      "npm run secret -- status --secret-id NAME tells which; the role needs secretsmanager:GetSecretValue on it",
    )
  }
  if (error !== null) {
    return failed(
      name,
      `it cannot be read (${error})`,
      "see whether AWS Secrets Manager is up, and throttled",
    )
  }
  const finding = `version ${version ?? "unknown"}, read ${ageOf(age)} ago`
  return stale
    ? degraded(name, `${finding}, and not since`, "see whether AWS Secrets Manager is up")
    : ok(name, finding)
}

function keySet({ environment, key_set }: HealthResponse): CheckResult {
  const { error, key_ids: ids, age_seconds: age, stale } = key_set
  const name = "key set"
  const fix = `see whether https://${environment}.superoffice.com is up, and that a VPC lets the function out to it`
  if (error !== null) return failed(name, `SuperOffice's signing keys cannot be read (${error})`, fix)
  const finding = `${ids.join(", ")}, read ${ageOf(age)} ago`
  return stale ? degraded(name, `${finding}, and not since`, fix) : ok(name, finding)
}

/** The usual CLOCK_TOLERANCE_SECONDS. */
const usualToleranceSeconds = 60

function clock({ status, secret, key_set: keys, clock_skew_seconds: skew }: HealthResponse): CheckResult {
  const name = "clock"
  if (skew === null) {
    return degraded(name, "SuperOffice told no time to compare with", "ask again when SuperOffice answers")
  }
  const finding = `SuperOffice's is ${Math.abs(skew)} s ${skew < 0 ? "behind" : "ahead"}`
  const othersAreWell = [secret, keys].every(({ error, stale }) => error === null && !stale)
  // Health knows the tolerance, and is degraded beyond it; when something else is wrong too, it does not say which.
  const isOff = status === "degraded" && (othersAreWell || Math.abs(skew) > usualToleranceSeconds)
  if (!isOff) return ok(name, finding)
  return failed(
    name,
    `${finding}, which is more than this deployment tolerates`,
    "Lambda keeps time, so it is SuperOffice's to mend; CLOCK_TOLERANCE_SECONDS (0 to 300) helps meanwhile",
  )
}

function ageOf(seconds: number | null): string {
  return seconds === null ? "some time" : `${seconds} s`
}
