import type { Deployment } from "../deployment/deployment.ts"
import { askHealth } from "./ask-health.ts"
import { failed, type CheckResult } from "./check.ts"
import { findConnectionFailure, type ConnectionFailure } from "./connection.ts"
import { explainDomain } from "./find-api.ts"
import { isHealth } from "./health-answer.ts"
import { healthChecks } from "./health-checks.ts"
import type { DoctorOptions, DoctorTarget } from "./options.ts"
import { notReached, reached, unexpectedHealth } from "./reach.ts"

/** What health says of a deployment, or why it says nothing. */
export interface ServiceChecks {
  readonly checks: readonly CheckResult[]
  /** False if no request at all gets an answer, so that others need not be sent. */
  readonly isReachable: boolean
}

/** Connects first, because the client that asks health does not tell why a connection fails. */
export async function serviceChecks(target: DoctorTarget, options: DoctorOptions): Promise<ServiceChecks> {
  const failure = await connectionFailure(target, options.deployment)
  if (failure) return { checks: [failed("reach", failure.finding, failure.fix)], isReachable: false }
  return { checks: await askService(target, options), isReachable: true }
}

async function connectionFailure(
  target: DoctorTarget,
  deployment: Deployment | undefined,
): Promise<ConnectionFailure | undefined> {
  if (target.kind === "function") return undefined
  const failure = await findConnectionFailure(target.url)
  return failure && (await explainDomain(failure, target.url, deployment))
}

async function askService(
  target: DoctorTarget,
  { region, environment, deployment }: DoctorOptions,
): Promise<CheckResult[]> {
  const health = await askHealth(target, region)
  if (!health.ok) return notReached(health.error, target)
  const { value } = health
  if (!isHealth(value)) return unexpectedHealth(value, target)
  const secretOptions = deployment ? `--stage ${deployment.stage}` : "--secret-id NAME"
  return [...reached(value), ...healthChecks(value, { environment, secretOptions })]
}
