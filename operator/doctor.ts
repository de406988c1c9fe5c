import { appTokenChecks } from "./doctor/app-token-checks.ts"
import { askHealth } from "./doctor/ask-health.ts"
import { report, type CheckResult } from "./doctor/check.ts"
import { healthChecks } from "./doctor/health-checks.ts"
import { readDoctorOptions, usage, type DoctorOptions, type DoctorTarget } from "./doctor/options.ts"
import { pageChecks } from "./doctor/page-checks.ts"
import { unexpectedAnswer, isHealth, notReached, reached } from "./doctor/reach.ts"
import { run } from "./run.ts"
import { print } from "./terminal.ts"

await run(async () => {
  const options = readDoctorOptions()
  if (options) return await examine(options)
  print(usage)
  return true
})

async function examine(options: DoctorOptions): Promise<boolean> {
  const { target } = options
  const checks = [
    ...(await checkService(options)),
    ...(await appTokenChecks(options)),
    ...(await checkPage(target)),
  ]
  return report(target.kind === "url" ? target.url : target.name, checks)
}

async function checkService({ target, ...options }: DoctorOptions): Promise<CheckResult[]> {
  const result = await askHealth({ target, ...options })
  if (!result.ok) return notReached(result.error, target)
  if (!isHealth(result.value)) return unexpectedAnswer(target)
  return [...reached(result.value), ...healthChecks(result.value, options.environment)]
}

async function checkPage(target: DoctorTarget): Promise<CheckResult[]> {
  if (target.kind === "function") return []
  if (target.origin !== undefined) return await pageChecks(target.url, target.origin)
  return [{ name: "CORS", state: "skipped", finding: "pass --origin to check it for a page" }]
}
