import type { Program } from "../run.ts"
import { apiTokenChecks, issuerOf } from "./api-token-checks.ts"
import { appTokenChecks } from "./app-token-checks.ts"
import { report, skipped, type CheckResult } from "./check.ts"
import { findApi } from "./find-api.ts"
import { readDoctorOptions, usage, type DoctorOptions, type DoctorTarget } from "./options.ts"
import { pageChecks } from "./page-checks.ts"
import { serviceChecks } from "./service-checks.ts"

/** `npm run doctor`. */
export const doctor: Program<DoctorOptions> = { usage, readOptions: readDoctorOptions, execute: examine }

async function examine(options: DoctorOptions): Promise<boolean> {
  const { deployment, json } = options
  const target = "kind" in options.target ? options.target : await findApi(options.target)
  const address = "finding" in target ? undefined : target.kind === "url" ? target.url : target.name
  const subject = [deployment && `stage ${deployment.stage}`, address].filter((part) => part !== undefined)
  const checks =
    "finding" in target ? [target, ...(await appTokenChecks(options))] : await checkTarget(target, options)
  return report(subject.join(" at "), checks, json)
}

async function checkTarget(target: DoctorTarget, options: DoctorOptions): Promise<CheckResult[]> {
  const { checks, isReachable } = await serviceChecks(target, options)
  return [
    ...checks,
    ...(await appTokenChecks(options)),
    ...(isReachable ? await checkApiTokens(target, options) : []),
    ...(isReachable ? await checkPages(target, options) : []),
  ]
}

async function checkApiTokens(target: DoctorTarget, { deployment }: DoctorOptions): Promise<CheckResult[]> {
  const issuer = target.kind === "url" && deployment ? issuerOf(deployment, target.url) : undefined
  return issuer ? await apiTokenChecks(issuer) : []
}

async function checkPages(
  target: DoctorTarget,
  { origins, redirectUris, requestHeaders, deployment }: DoctorOptions,
): Promise<CheckResult[]> {
  if (target.kind === "function") return []
  if (origins.length === 0) {
    const why = deployment ? "allowedOrigins names no page" : "pass --origin to check it for a page"
    return [skipped("CORS", why)]
  }
  const delivery = deployment?.settings.refreshTokenDelivery
  const page = { url: target.url, requestHeaders, delivery, redirectUris }
  const checks: CheckResult[] = []
  for (const origin of origins) checks.push(...(await pageChecks({ ...page, origin })))
  return checks
}
