import type { HealthResponse } from "../../lib/contract.ts"
import { isPlainObject } from "../../lib/json.ts"

/**
 * The members of a health answer that are not of the contract, as paths; empty for an answer of the contract. Any server can
 * answer, and a number that is text would become "NaN s".
 */
export function wrongMembers(value: unknown): string[] {
  return isPlainObject(value) ? mismatches(value, members) : ["the answer itself"]
}

/** True if the value is an answer of the health function, with every member as the contract has it. */
export function isHealth(value: unknown): value is HealthResponse {
  return wrongMembers(value).length === 0
}

type Check = (value: unknown) => boolean
interface Checks {
  readonly [name: string]: Check | Checks
}

const isText: Check = (value) => typeof value === "string"
const isFlag: Check = (value) => typeof value === "boolean"
const isWhole: Check = (value) => Number.isSafeInteger(value)
const isAge: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0
const isOneOf =
  (...known: readonly unknown[]): Check =>
  (value) =>
    known.includes(value)
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)

const cache = { age_seconds: orNull(isAge), stale: isFlag, error: orNull(isText) }

const members = {
  status: isOneOf("ok", "degraded"),
  version: isText,
  environment: isOneOf("sod", "qaonline", "online"),
  secret: {
    ...cache,
    version: orNull(isText),
    client_id: orNull(isText),
    problem: orNull(isText),
    expires: orNull(isText),
    expires_in_days: orNull(isWhole),
    expires_problem: orNull(isText),
  },
  key_set: { ...cache, key_ids: (value) => Array.isArray(value) && value.every(isText) },
  clock_skew_seconds: orNull(isWhole),
} satisfies Record<keyof HealthResponse, Check | Checks>

function mismatches(value: Readonly<Record<string, unknown>>, checks: Checks, path = ""): string[] {
  return Object.entries(checks).flatMap(([name, check]) => {
    const member = Object.hasOwn(value, name) ? value[name] : undefined
    if (typeof check === "function") return check(member) ? [] : [path + name]
    return isPlainObject(member) ? mismatches(member, check, `${path}${name}.`) : [path + name]
  })
}
