import type { HealthResponse } from "../../lib/contract.ts"
import { degraded, failed, ok, type CheckResult } from "./check.ts"

/** Checks the health function's answer. `expected` is the environment that the operator expects. */
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
      "it is missing, not readable by the function, or not usable",
      "npm run secret -- status --secret-id NAME shows which; the function's role needs secretsmanager:GetSecretValue on it",
    )
  }
  if (error !== null) {
    return failed(
      name,
      `it cannot be read (${error})`,
      "check whether AWS Secrets Manager is up, and whether it throttles",
    )
  }
  const finding = `version ${version ?? "unknown"}, read ${ageOf(age)} ago`
  return stale
    ? degraded(name, `${finding}, and later reads failed`, "check whether AWS Secrets Manager is up")
    : ok(name, finding)
}

function keySet({ environment, key_set }: HealthResponse): CheckResult {
  const { error, key_ids: ids, age_seconds: age, stale } = key_set
  const name = "key set"
  const fix = `check whether https://${environment}.superoffice.com is up, and whether the function can reach it from its VPC, if it has one`
  if (error !== null) return failed(name, `SuperOffice's signing keys cannot be read (${error})`, fix)
  const finding = `${ids.join(", ")}, read ${ageOf(age)} ago`
  return stale ? degraded(name, `${finding}, and later reads failed`, fix) : ok(name, finding)
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
