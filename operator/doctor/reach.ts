import type { CallError, TransportErrorCode } from "../../client/cloud.ts"
import type { HealthResponse } from "../../lib/contract.ts"
import { isPlainObject } from "../../lib/json.ts"
import { failed, ok, type CheckResult } from "./check.ts"
import type { DoctorTarget } from "./options.ts"

/** True for an answer that is the health function's. */
export function isHealth(value: unknown): value is HealthResponse {
  if (!isPlainObject(value)) return false
  const { status, version, environment, secret, key_set: keySet } = value
  return (
    (status === "ok" || status === "degraded") &&
    typeof version === "string" &&
    typeof environment === "string" &&
    isPlainObject(secret) &&
    isPlainObject(keySet) &&
    Array.isArray(keySet.key_ids)
  )
}

/** Health has answered. */
export function reached({ version }: HealthResponse): CheckResult[] {
  return [ok("reach", `health answers, version ${version}`), ok("settings", "complete")]
}

/** Something else answered, and it is none of health's answers. */
export function unexpectedAnswer(target: DoctorTarget): CheckResult[] {
  return [failed("reach", "what answers is not the health function of this service", checkTarget(target))]
}

/** Why there is no answer of health, and what mends it. */
export function notReached(
  { code, error_description: said }: CallError,
  target: DoctorTarget,
): CheckResult[] {
  if (code === "configuration_invalid") {
    return [
      ok("reach", "the service answers"),
      failed("settings", "one is missing or malformed", "its log line lists every problem (field problems)"),
    ]
  }
  if (code === "request_invalid") return unexpectedAnswer(target)
  const fix = fixes.get(code)?.(target) ?? "look into the log of the health function"
  return [failed("reach", clientCodes.has(code) ? said : `the service answers ${printable(code)}`, fix)]
}

const fixes: ReadonlyMap<string, (target: DoctorTarget) => string> = new Map([
  ["no_answer", (target) => `${checkTarget(target)}; is it reachable from this machine?`],
  ["not_found", checkTarget],
  ["answer_unreadable", checkTarget],
  ["not_permitted", signIn],
  ["origin_not_allowed", () => "sign as a role of the API's own account, past any proxy"],
  ["throttled", () => "try again in a moment; if it stays, look at concurrency and the route's throttle"],
] satisfies [CallError["code"], (target: DoctorTarget) => string][])

/** Codes of the way there and back, whose sentences are our own client's. */
const clientCodes: ReadonlySet<string> = new Set<TransportErrorCode>([
  "throttled",
  "not_permitted",
  "not_found",
  "gateway_unavailable",
  "function_failed",
  "no_answer",
  "answer_unreadable",
])

function signIn({ kind }: DoctorTarget): string {
  return kind === "url"
    ? "sign in to AWS with a role of the API's own account that may execute-api:Invoke POST /signed/health in this " +
        "region, and look at this machine's clock"
    : "sign in to AWS with a role that may lambda:InvokeFunction on it"
}

/** Whatever answered may not be this service, and a terminal obeys what is printed. */
function printable(code: string): string {
  return /^\w{1,64}$/.test(code) ? code : "something unknown"
}

function checkTarget({ kind }: DoctorTarget): string {
  return kind === "url"
    ? "look at --url: the output ApiUrl of the deployment"
    : "look at --function and --region: the output HealthFunctionArn of the deployment"
}
