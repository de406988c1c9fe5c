import { expect, it } from "vitest"
import type { HealthResponse } from "../../../lib/contract.ts"
import { healthChecks } from "../../../operator/doctor/health-checks.ts"
import { well } from "./well-health.ts"

const expected = { environment: "sod", secretOptions: "--stage sod" }

function secretCheck(secret: Partial<HealthResponse["secret"]>) {
  const health: HealthResponse = { ...well, status: "degraded", secret: { ...well.secret, ...secret } }
  return healthChecks(health, expected).find(({ name }) => name === "client secret")
}

const unreadable = { error: "configuration_invalid", age_seconds: null, version: null } as const

it("a secret that cannot be used fails with health's cause, and the command that shows more", () => {
  expect(secretCheck({ ...unreadable, problem: "the secret has no value" })).toEqual({
    name: "client secret",
    state: "failed",
    finding: "the secret has no value",
    fix: "npm run secret -- status --stage sod shows its versions, and what is wrong with them",
  })
})

it("a secret that cannot be used for an unknown cause fails with the permissions that it needs", () => {
  const fix = secretCheck(unreadable)?.fix
  expect(fix).toContain("npm run secret -- status --stage sod")
  expect(fix).toContain("secretsmanager:GetSecretValue")
  expect(fix).toContain("kms:Decrypt")
})

it("a current version that cannot be used fails while the one before is in use; an outage only degrades", () => {
  expect(secretCheck({ stale: true, problem: 'it lacks "client_secret"' })).toMatchObject({
    state: "failed",
    finding:
      'version 5c1b8c5e, read 3 s ago, is still in use, but the current one cannot be used: it lacks "client_secret"',
  })
  expect(secretCheck({ stale: true })).toMatchObject({ state: "degraded" })
})

it("a long list of signing keys is cut", () => {
  const key_set = { ...well.key_set, key_ids: Array.from({ length: 12 }, (_, index) => `k${index}`) }
  const [, , keys] = healthChecks({ ...well, key_set }, expected)
  expect(keys?.finding).toBe("k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, and 2 more, read 60 s ago")
})

it.each([
  [365, "ok", "2027-11-27, in 365 days"],
  [31, "ok", "2027-11-27, in 31 days"],
  [30, "degraded", "2027-11-27, in 30 days"],
  [0, "degraded", "the client secret expires today, 2027-11-27"],
  [-1, "failed", "the client secret's date, 2027-11-27, has passed"],
])("a client secret that expires in %d days is %s", (days, state, finding) => {
  expect(expiryChecks({ expires: "2027-11-27", expires_in_days: days })).toEqual([
    {
      name: "secret expiry",
      state,
      finding,
      ...(state !== "ok" && {
        fix:
          "make a new client secret in SuperOffice's developer portal, and store it: npm run secret -- replace --stage sod " +
          "--expires YYYY-MM-DD",
      }),
    },
  ])
})

it("a date that cannot be read is degraded, and a client secret without a date is not mentioned", () => {
  expect(expiryChecks({})).toEqual([])
  expect(expiryChecks({ expires_problem: '"client_secret_expires" is wrong' })).toEqual([
    {
      name: "secret expiry",
      state: "degraded",
      finding: '"client_secret_expires" is wrong',
      fix:
        "with return at its question, which keeps the client secret: npm run secret -- replace --stage sod --expires " +
        "YYYY-MM-DD",
    },
  ])
})

function expiryChecks(secret: Partial<HealthResponse["secret"]>) {
  const health: HealthResponse = { ...well, secret: { ...well.secret, ...secret } }
  return healthChecks(health, expected).filter(({ name }) => name === "secret expiry")
}
