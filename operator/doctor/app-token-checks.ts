import { compareAppToken } from "../secret/app-token.ts"
import { openStore } from "../secret/store.ts"
import { failed, ok, skipped, type CheckResult } from "./check.ts"
import type { DoctorOptions } from "./options.ts"

/** Compares the app token secret with the client secret, because no function of the deployment reads both. */
export async function appTokenChecks({
  secrets,
  region,
}: Pick<DoctorOptions, "secrets" | "region">): Promise<CheckResult[]> {
  if (!secrets) return []
  const { secretId, appTokenSecretId } = secrets
  const at = { region, endpoint: undefined }
  const main = await openStore({ ...at, secretId })
  const appToken = await openStore({ ...at, secretId: appTokenSecretId }, "--app-token-secret-id")
  const { state, finding } = await compareAppToken(main, appToken)
  const name = "app token"
  if (state === "same") return [ok(name, finding)]
  if (state === "unreadable") {
    // Whoever only runs this command need not be allowed to read secrets.
    if (!secrets.isAsked) return [skipped(name, `${finding} This check needs to read both secrets.`)]
    return [failed(name, finding, "this check needs to read both secrets")]
  }
  const fix = `npm run secret -- create --secret-id ${secretId} --app-token-secret-id ${appTokenSecretId} writes it`
  return [failed(name, finding, fix)]
}
