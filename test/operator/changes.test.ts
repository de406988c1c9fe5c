import { describe, expect, it } from "vitest"
import { changesSince } from "../../operator/package/changes.ts"
import type { ServicePackage } from "../../operator/package/package.ts"
import type { JsonObject, Resource } from "../../operator/package/template.ts"

function packageOf(
  resources: Readonly<Record<string, Partial<Resource> & { readonly type: string }>>,
  archives: ServicePackage["archives"] = {},
): ServicePackage {
  const whole = Object.entries(resources).map(([id, one]) => [id, { properties: {}, ...one }] as const)
  const place = { stage: "sod", region: "eu-west-1", packagedAt: "2026-11-27T00:00:00Z" }
  return { ...place, archives, stack: { resources: Object.fromEntries(whole), outputs: {} } }
}

function lambda(properties: JsonObject) {
  return { type: "AWS::Lambda::Function", properties }
}

describe("what differs between two packages", () => {
  it("is nothing when their archives only lie elsewhere", () => {
    const token = { bytes: 10, sha256: "a" }
    const at = (S3Key: string) => packageOf({ Token: lambda({ Code: { S3Key } }) }, { token })
    expect(changesSince(at("first/token.zip"), at("second/token.zip"))).toEqual([])
  })

  it("is what was added, what was removed, and what of that stays in the account", () => {
    const secret = { type: "AWS::SecretsManager::Secret", deletionPolicy: "RetainExceptOnCreate" }
    const before = packageOf({ ClientSecret: secret, Old: { type: "AWS::IAM::Role" } })
    expect(changesSince(before, packageOf({ New: { type: "AWS::IAM::Role" } }))).toEqual([
      "removed  ClientSecret (AWS::SecretsManager::Secret), which stays in the account",
      "removed  Old (AWS::IAM::Role)",
      "added    New (AWS::IAM::Role)",
    ])
  })

  it("is each property once, with its resources, or with their type when it is all of them", () => {
    const of = (MemorySize: number, LOG_LEVEL: string) => {
      const one = lambda({ MemorySize, Environment: { LOG_LEVEL } })
      return packageOf({ A: one, B: one, C: lambda({ MemorySize: MemorySize + 1 }) })
    }
    expect(changesSince(of(512, "INFO"), of(2048, "WARN"))).toEqual([
      "changed  MemorySize of every AWS::Lambda::Function",
      "changed  Environment.LOG_LEVEL of A, B",
    ])
  })

  it("is the code of the functions whose archives differ", () => {
    const of = (sha256: string) =>
      packageOf({}, { token: { bytes: 10, sha256 }, health: { bytes: 10, sha256: "b" } })
    expect(changesSince(of("a"), of("c"))).toEqual(["changed  code of token"])
  })
})
