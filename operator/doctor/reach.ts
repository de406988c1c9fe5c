import type { CallError, TransportErrorCode } from "../../client/cloud.ts"
import type { HealthResponse } from "../../lib/contract.ts"
import { plain } from "../plain.ts"
import { failed, ok, type CheckResult } from "./check.ts"
import { wrongMembers } from "./health-answer.ts"
import type { DoctorTarget } from "./options.ts"

/** The checks that hold because health has answered. */
export function reached({ version }: HealthResponse): CheckResult[] {
  return [ok("reach", `health answers, version ${plain(version, 64)}`), ok("settings", "complete")]
}

/** A success that is not what the contract says of health. */
export function unexpectedHealth(value: unknown, target: DoctorTarget): CheckResult[] {
  const finding = `the answer is not from this version's health function: wrong are ${wrongMembers(value).join(", ")}`
  return [failed("reach", finding, `${checkTarget(target)}; or deploy this version`)]
}

/** Why health did not answer, and how to fix it. */
export function notReached(error: CallError, target: DoctorTarget): CheckResult[] {
  const { code } = error
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
  if (code === "request_invalid") {
    return [failed("reach", "the answer is not from this service's health function", checkTarget(target))]
  }
  const fix = fixes.get(code)?.(target) ?? "see the log of the health function"
  return [
    failed(
      "reach",
      isOfTransport(error) ? error.error_description : `the service answered ${plain(code, 64)}`,
      fix,
    ),
  ]
}

/** Only an error of the service has a `request_id`. It can have any code, because any server can answer. */
function isOfTransport(error: CallError): error is CallError & { readonly code: TransportErrorCode } {
  return !("request_id" in error)
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

function signIn({ kind }: DoctorTarget): string {
  return kind === "url"
    ? "sign in to AWS with a role of the API's own account that may execute-api:Invoke POST /signed/health in this " +
        "region, and check this machine's clock"
    : "sign in to AWS with a role that may lambda:InvokeFunction on the health function"
}

function checkTarget({ kind }: DoctorTarget): string {
  return kind === "url"
    ? "check the URL: it is the output ApiUrl of the deployment"
    : "check --function and --region: the function is the output HealthFunctionArn of the deployment"
}
