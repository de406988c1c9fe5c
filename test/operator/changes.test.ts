import { expect, it } from "vitest"
import { changesSince } from "../../operator/package/changes.ts"
import type { ServicePackage } from "../../operator/package/package.ts"
import type { JsonObject, Resource } from "../../operator/package/template.ts"

function packageOf(
  resources: Readonly<Record<string, Partial<Resource> & { readonly type: string }>>,
  archives: ServicePackage["archives"] = {},
): ServicePackage {
  const whole = Object.entries(resources).map(
    ([id, resource]) => [id, { properties: {}, ...resource }] as const,
  )
  const place = { stage: "sod", region: "eu-west-1", packagedAt: "2026-11-27T00:00:00Z" }
  return { ...place, archives, stack: { resources: Object.fromEntries(whole), outputs: {} } }
}

function lambda(properties: JsonObject): { readonly type: string; readonly properties: JsonObject } {
  return { type: "AWS::Lambda::Function", properties }
}

it("says nothing of two packages whose archives only lie elsewhere", () => {
  const token = { bytes: 10, sha256: "a" }
  const before = packageOf({ Token: lambda({ Code: { S3Key: "first/token.zip" } }) }, { token })
  const after = packageOf({ Token: lambda({ Code: { S3Key: "second/token.zip" } }) }, { token })
  expect(changesSince(before, after)).toEqual([])
})

it("names what is added, what is removed, and what of that stays in the account", () => {
  const secret = { type: "AWS::SecretsManager::Secret", deletionPolicy: "RetainExceptOnCreate" }
  const before = packageOf({ ClientSecret: secret, Old: { type: "AWS::IAM::Role" } })
  const after = packageOf({ New: { type: "AWS::IAM::Role" } })
  expect(changesSince(before, after)).toEqual([
    "removed  ClientSecret (AWS::SecretsManager::Secret), which stays in the account",
    "removed  Old (AWS::IAM::Role)",
    "added    New (AWS::IAM::Role)",
  ])
})

it("names a property that differs once, with the resources, or with their type when it is all of them", () => {
  const before = packageOf({
    A: lambda({ MemorySize: 512, Environment: { LOG_LEVEL: "INFO" } }),
    B: lambda({ MemorySize: 512, Environment: { LOG_LEVEL: "INFO" } }),
    C: lambda({ MemorySize: 1024 }),
  })
  const after = packageOf({
    A: lambda({ MemorySize: 2048, Environment: { LOG_LEVEL: "WARN" } }),
    B: lambda({ MemorySize: 2048, Environment: { LOG_LEVEL: "WARN" } }),
    C: lambda({ MemorySize: 2048 }),
  })
  expect(changesSince(before, after)).toEqual([
    "changed  MemorySize of every AWS::Lambda::Function",
    "changed  Environment.LOG_LEVEL of A, B",
  ])
})

it("names the functions whose code differs", () => {
  const before = packageOf({}, { token: { bytes: 10, sha256: "a" }, health: { bytes: 10, sha256: "b" } })
  const after = packageOf({}, { token: { bytes: 10, sha256: "c" }, health: { bytes: 10, sha256: "b" } })
  expect(changesSince(before, after)).toEqual(["changed  code of token"])
})
