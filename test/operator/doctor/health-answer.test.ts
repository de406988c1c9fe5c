import { describe, expect, it } from "vitest"
import type { HealthResponse } from "../../../lib/contract.ts"
import { isHealth, wrongMembers } from "../../../operator/doctor/health-answer.ts"
import { well } from "./well-health.ts"

const ill: HealthResponse = {
  status: "degraded",
  version: "0.2.0",
  environment: "online",
  secret: {
    age_seconds: null,
    stale: false,
    error: "configuration_invalid",
    version: null,
    client_id: null,
    problem: "the secret has no value",
    expires: null,
    expires_in_days: null,
    expires_problem: null,
  },
  key_set: { age_seconds: null, stale: true, error: "key_set_unavailable", key_ids: [] },
  clock_skew_seconds: null,
}

describe("an answer of health", () => {
  it.each([
    ["everything is well", well],
    ["nothing is", ill],
    ["a later version adds a member", { ...well, uptime: "1 h" }],
    ["an earlier version lacks the client id", { ...well, secret: { ...well.secret, client_id: undefined } }],
  ])("is one when %s", (_what, answer) => {
    expect(isHealth(answer)).toBe(true)
  })

  it.each([
    ["status", { ...well, status: "up" }],
    ["version", { ...well, version: 1 }],
    ["environment", { ...well, environment: "sod\x1b[31m" }],
    ["environment", { ...well, environment: ["sod"] }],
    ["secret", { ...well, secret: null }],
    ["secret.age_seconds", { ...well, secret: { ...well.secret, age_seconds: "3" } }],
    ["secret.age_seconds", { ...well, secret: { ...well.secret, age_seconds: -1 } }],
    ["secret.stale", { ...well, secret: { ...well.secret, stale: "false" } }],
    ["secret.error", { ...well, secret: { ...well.secret, error: false } }],
    ["secret.version", { ...well, secret: { ...well.secret, version: {} } }],
    ["secret.client_id", { ...well, secret: { ...well.secret, client_id: 1 } }],
    ["secret.problem", { ...well, secret: { ...well.secret, problem: ["none"] } }],
    ["secret.expires", { ...well, secret: { ...well.secret, expires: 20271127 } }],
    ["secret.expires_in_days", { ...well, secret: { ...well.secret, expires_in_days: "365" } }],
    ["secret.expires_problem", { ...well, secret: { ...well.secret, expires_problem: true } }],
    ["key_set", { ...well, key_set: [] }],
    ["key_set.age_seconds", { ...well, key_set: { ...well.key_set, age_seconds: 1e999 } }],
    ["key_set.key_ids", { ...well, key_set: { ...well.key_set, key_ids: "a,b" } }],
    ["key_set.key_ids", { ...well, key_set: { ...well.key_set, key_ids: [1] } }],
    ["clock_skew_seconds", { ...well, clock_skew_seconds: "abc" }],
    ["clock_skew_seconds", { ...well, clock_skew_seconds: true }],
    ["clock_skew_seconds", { ...well, clock_skew_seconds: 0.5 }],
  ])("is none when %s has the wrong type: case %#", (member, answer) => {
    expect(wrongMembers(answer)).toEqual([member])
    expect(isHealth(answer)).toBe(false)
  })

  it("is none without one of its members", () => {
    for (const name of Object.keys(well)) {
      expect(wrongMembers({ ...well, [name]: undefined })).toEqual([name])
    }
    expect(wrongMembers({ status: "ok", __proto__: well })).toContain("version")
  })

  it.each([[null], ["ok"], [[well]], [undefined]])("is none when it is no object: %j", (answer) => {
    expect(isHealth(answer)).toBe(false)
  })
})
