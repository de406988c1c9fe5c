import { describe, expect, it } from "vitest"
import type { HealthResponse } from "../../../lib/contract.ts"
import { healthChecks } from "../../../operator/doctor/health-checks.ts"
import { well } from "./well-health.ts"

interface Changes extends Partial<Omit<HealthResponse, "secret" | "key_set">> {
  readonly secret?: Partial<HealthResponse["secret"]>
  readonly key_set?: Partial<HealthResponse["key_set"]>
}

/** The checks of a health that is not ok, as `name, state: finding; fix`. */
function faultsOf({ secret, key_set, ...others }: Changes, environment = "sod"): string[] {
  const whole = { secret: { ...well.secret, ...secret }, key_set: { ...well.key_set, ...key_set } }
  return healthChecks({ ...well, ...others, ...whole }, { environment, secretOptions: "--stage sod" })
    .filter(({ state }) => state !== "ok")
    .map(({ name, state, finding, fix }) => `${name}, ${state}: ${finding}; ${String(fix)}`)
}

const none = { age_seconds: null, version: null }
const invalid = { ...none, error: "configuration_invalid" } as const
const unread = { ...none, error: "secret_unavailable" } as const
const noKeys: Changes = { key_set: { age_seconds: null, error: "key_set_unavailable", key_ids: [] } }
const undated: Changes = { secret: { expires_problem: "no" } }
const aws = "check whether AWS Secrets Manager is up"
const off = { status: "degraded" } as const
const secret = (changes: Partial<HealthResponse["secret"]>): Changes => ({ secret: changes })
const clock = (clock_skew_seconds: number | null): Changes => ({ clock_skew_seconds })
const expiring = (expires_in_days: number) => secret({ expires: "2027-11-27", expires_in_days })
const replace = "npm run secret -- replace --stage sod --expires YYYY-MM-DD$"

describe("doctor names the fault and what to do, where", () => {
  it.each<[string, Changes, string]>([
    ["it has no value", secret({ ...invalid, problem: "no" }), "client secret, failed: no; .* --stage sod"],
    ["the cause is unknown", secret(invalid), "client secret, failed: it is missing, .*, and kms:Decrypt"],
    [
      "it was replaced by one of no use",
      secret({ stale: true, problem: "no" }),
      "client secret, failed: .*: no;",
    ],
    [
      "Secrets Manager is down, and a copy is in use",
      secret({ stale: true }),
      `client secret, degraded: .*; ${aws}`,
    ],
    ["Secrets Manager is down, and there is no copy", secret(unread), `client secret, failed: .*; ${aws}`],
    ["SuperOffice's signing keys cannot be read", noKeys, "key set, failed: .*; check whether https://sod"],
    ["SuperOffice sends no time", clock(null), "clock, degraded: .*; run this again"],
    ["the clock is behind", { ...off, ...clock(10) }, "clock, failed: .* 10 s ahead, .*CLOCK_TOLERANCE"],
    ["the clock is ahead", { ...off, ...clock(-600) }, "clock, failed: .* 600 s behind, "],
    ["the date of the client secret cannot be read", undated, `secret expiry, degraded: no; .*${replace}`],
    ["the secret expires in 30 days", expiring(30), `secret expiry, degraded: .*, in 30 days; .*${replace}`],
    ["the secret expires today", expiring(0), `secret expiry, degraded: .* expires today, .*${replace}`],
    ["the secret has expired", expiring(-1), `secret expiry, failed: .*, has passed; .*${replace}`],
  ])("%s", (_what, changes, fault) => {
    expect(faultsOf(changes)).toEqual([expect.stringMatching(new RegExp(`^${fault}`))])
  })

  it.each([
    ["all is well", {}],
    ["the clocks differ as the deployment tolerates it", clock(90)],
    ["the client secret expires in 31 days", expiring(31)],
  ])("%s: none", (_what, changes) => {
    expect(faultsOf(changes)).toEqual([])
  })

  it("something else degrades the deployment: that of the clock only beyond the default tolerance", () => {
    const faults = [60, 61].map((seconds) =>
      faultsOf({ ...off, clock_skew_seconds: seconds, secret: { stale: true } }),
    )
    expect(faults.map(({ length }) => length)).toEqual([1, 2])
  })

  it("the environment is another than was meant", () => {
    expect(faultsOf({}, "online")).toEqual([expect.stringMatching(/^environment, failed: sod, not online;/)])
  })

  it("there are many signing keys: after the first ten", () => {
    const key_ids = Array.from({ length: 12 }, (_, index) => `k${index}`)
    expect(faultsOf({ key_set: { stale: true, key_ids } })).toEqual([
      expect.stringContaining("k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, and 2 more, read 60 s ago"),
    ])
  })
})
