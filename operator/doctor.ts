import { askHealth } from "./doctor/ask-health.ts"
import { report, type Check } from "./doctor/check.ts"
import { healthChecks } from "./doctor/health-checks.ts"
import { readDoctorOptions, usage, type DoctorOptions, type Way } from "./doctor/options.ts"
import { pageChecks } from "./doctor/page-checks.ts"
import { foreignAnswer, isHealth, notReached, reached } from "./doctor/reach.ts"
import { run } from "./run.ts"
import { print } from "./terminal.ts"

await run(async () => {
  const options = readDoctorOptions()
  if (options) return await examine(options)
  print(usage)
  return true
})

async function examine(options: DoctorOptions): Promise<boolean> {
  const { way } = options
  const checks = [...(await checkService(options)), ...(await checkPage(way))]
  return report(way.kind === "url" ? way.url : way.name, checks)
}

async function checkService({ way, ...options }: DoctorOptions): Promise<Check[]> {
  const result = await askHealth({ way, ...options })
  if (!result.ok) return notReached(result.error, way)
  if (!isHealth(result.value)) return foreignAnswer(way)
  return [...reached(result.value), ...healthChecks(result.value, options.environment)]
}

async function checkPage(way: Way): Promise<Check[]> {
  if (way.kind === "function") return []
  if (way.origin !== undefined) return await pageChecks(way.url, way.origin)
  return [{ name: "CORS", state: "skipped", says: "--origin names the page to check it for" }]
}
