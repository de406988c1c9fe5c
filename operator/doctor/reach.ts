import type { CallError, TransportErrorCode } from "../../client/cloud.ts"
import type { HealthResponse } from "../../lib/contract.ts"
import { isPlainObject } from "../../lib/json.ts"
import { failed, ok, type CheckResult } from "./check.ts"
import type { DoctorTarget } from "./options.ts"

/** True if the value is an answer of the health function. */
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

/** The checks that hold because health has answered. */
export function reached({ version }: HealthResponse): CheckResult[] {
  return [ok("reach", `health answers, version ${version}`), ok("settings", "complete")]
}

/** Something answered, but not the health function. */
export function unexpectedAnswer(target: DoctorTarget): CheckResult[] {
  return [failed("reach", "the answer is not from this service's health function", checkTarget(target))]
}

/** Why health did not answer, and how to fix it. */
export function notReached(
  { code, error_description: said }: CallError,
  target: DoctorTarget,
): CheckResult[] {
  if (code === "configuration_invalid") {
    return [
      ok("reach", "the service answers"),
      failed(
        "settings",
        "a setting is missing or malformed",
        "correct the problems that its log line lists (field problems)",
      ),
    ]
  }
  if (code === "request_invalid") return unexpectedAnswer(target)
  const fix = fixes.get(code)?.(target) ?? "see the log of the health function"
  return [failed("reach", clientCodes.has(code) ? said : `the service answered ${printable(code)}`, fix)]
}

const fixes: ReadonlyMap<string, (target: DoctorTarget) => string> = new Map([
  ["no_answer", (target) => `${checkTarget(target)}; is it reachable from this machine?`],
  ["not_found", checkTarget],
  ["answer_unreadable", checkTarget],
  ["not_permitted", signIn],
  [
    "origin_not_allowed",
    () => "sign with a role of the API's own account, and call the API directly, without a proxy",
  ],
  [
    "throttled",
    () => "try again in a moment; if it persists, check the concurrency and the route's throttle",
  ],
] satisfies [CallError["code"], (target: DoctorTarget) => string][])

/** Codes of transport errors. Their descriptions are written by our own client, so they are safe to print. */
const clientCodes: ReadonlySet<string> = new Set<TransportErrorCode>([
  "throttled",
  "not_permitted",
  "not_found",
  "gateway_unavailable",
  "function_failed",
  "no_answer",
  "answer_unreadable",
  "options_invalid",
  "package_missing",
])

function signIn({ kind }: DoctorTarget): string {
  return kind === "url"
    ? "sign in to AWS with a role of the API's own account that may execute-api:Invoke POST /signed/health in this " +
        "region, and check this machine's clock"
    : "sign in to AWS with a role that may lambda:InvokeFunction on the health function"
}

/** Limits the code to word characters: anything may have answered, and a terminal interprets control sequences. */
function printable(code: string): string {
  return /^\w{1,64}$/.test(code) ? code : "an unknown code"
}

function checkTarget({ kind }: DoctorTarget): string {
  return kind === "url"
    ? "check --url: it is the output ApiUrl of the deployment"
    : "check --function and --region: the function is the output HealthFunctionArn of the deployment"
}
