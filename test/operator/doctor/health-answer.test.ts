import { describe, expect, it } from "vitest"
import { wrongMembers } from "../../../operator/doctor/health-answer.ts"
import { well } from "./well-health.ts"

const { secret, key_set } = well

describe("an answer of health", () => {
  const none = { age_seconds: null, error: "unexpected", version: null, client_id: null, key_ids: [] }
  const ill = { status: "degraded", secret: { ...secret, ...none }, key_set: { ...key_set, ...none } }
  it.each([
    ["everything is well", well],
    ["nothing is", { ...well, ...ill, clock_skew_seconds: null }],
    ["a later version adds a member", { ...well, uptime: "1 h" }],
  ])("is one of this version when %s", (_what, answer) => {
    expect(wrongMembers(answer)).toEqual([])
  })

  it.each([
    ["status", { status: "up" }],
    ["version", { version: 1 }],
    ["environment", { environment: "sod\x1b[31m" }],
    ["environment", { environment: ["sod"] }],
    ["secret", { secret: null }],
    ["secret.age_seconds", { secret: { ...secret, age_seconds: "3" } }],
    ["secret.age_seconds", { secret: { ...secret, age_seconds: -1 } }],
    ["secret.stale", { secret: { ...secret, stale: "false" } }],
    ["secret.error", { secret: { ...secret, error: false } }],
    ["secret.version", { secret: { ...secret, version: {} } }],
    ["secret.client_id", { secret: { ...secret, client_id: 1 } }],
    ["secret.client_id", { secret: { ...secret, client_id: undefined } }],
    ["secret.problem", { secret: { ...secret, problem: ["none"] } }],
    ["secret.expires", { secret: { ...secret, expires: 20271127 } }],
    ["secret.expires_in_days", { secret: { ...secret, expires_in_days: "365" } }],
    ["secret.expires_problem", { secret: { ...secret, expires_problem: true } }],
    ["key_set", { key_set: [] }],
    ["key_set.age_seconds", { key_set: { ...key_set, age_seconds: 1e999 } }],
    ["key_set.key_ids", { key_set: { ...key_set, key_ids: "a,b" } }],
    ["key_set.key_ids", { key_set: { ...key_set, key_ids: [1] } }],
    ["clock_skew_seconds", { clock_skew_seconds: "abc" }],
    ["clock_skew_seconds", { clock_skew_seconds: 0.5 }],
  ])("is none when %s has the wrong type: %j", (member, changes) => {
    expect(wrongMembers({ ...well, ...changes })).toEqual([member])
  })

  it("is none without one of its members", () => {
    for (const name of Object.keys(well)) expect(wrongMembers({ ...well, [name]: undefined })).toEqual([name])
    expect(wrongMembers({ status: "ok", __proto__: well })).toContain("version")
  })

  it.each([[null], ["ok"], [[well]], [undefined]])("is none when it is no object: %j", (answer) => {
    expect(wrongMembers(answer)).toEqual(["the answer itself"])
  })
})
