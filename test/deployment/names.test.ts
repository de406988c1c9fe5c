import { beforeAll, describe, expect, it } from "vitest"
import { everything } from "../support/deployments.ts"
import { packageService } from "../support/package.ts"
import { text } from "../support/template.ts"

/** Within what AWS wants a name to be unique; undefined where it is no name, need not be unique, or is a setting. */
const scopes: Readonly<Record<string, "account" | "region" | undefined>> = {
  "AWS::S3::Bucket BucketName": "account",
  "AWS::IAM::Role RoleName": "account",
  "AWS::IAM::ManagedPolicy ManagedPolicyName": "account",
  "AWS::CloudWatch::Dashboard DashboardName": "account",
  "AWS::CloudWatch::Alarm AlarmName": "region",
  "AWS::Lambda::Function FunctionName": "region",
  "AWS::Logs::LogGroup LogGroupName": "region",
  "AWS::Logs::QueryDefinition Name": "region",
  "AWS::SecretsManager::Secret Name": undefined,
  "AWS::ApiGatewayV2::DomainName DomainName": undefined,
  "AWS::Route53::RecordSet Name": undefined,
  "AWS::ApiGatewayV2::Api Name": undefined,
  "AWS::ApiGatewayV2::Stage StageName": undefined,
  "AWS::ApiGatewayV2::ApiMapping DomainName": undefined,
  "AWS::Lambda::Permission FunctionName": undefined,
  "AWS::Lambda::EventInvokeConfig FunctionName": undefined,
}

/** The names of the stage `online` in `eu-west-1`. */
const names = { account: [] as string[], region: [] as string[] }

beforeAll(async () => {
  const { stack } = await packageService(everything)
  for (const { type, properties } of Object.values(stack.resources)) {
    for (const [property, value] of Object.entries(properties)) {
      if (!property.endsWith("Name")) continue
      const kind = `${type} ${property}`
      if (!Object.hasOwn(scopes, kind)) throw new Error(`is ${kind} unique in a region, or in the account?`)
      const scope = scopes[kind]
      if (scope !== undefined) names[scope].push(text(value))
    }
  }
})

describe("a name", () => {
  it("that must be unique in the account has the stage and the region, so that none meets another's", () => {
    expect(names.account.length).toBeGreaterThan(0)
    for (const name of names.account) expect(name).toMatch(/\bonline\b.*\beu-west-1\b/)
  })

  it("that must be unique in a region has the stage, and is the same in each region", () => {
    expect(names.region.length).toBeGreaterThan(0)
    for (const name of names.region) {
      expect(name).toMatch(/\bonline\b/)
      expect(name).not.toContain("eu-west-1")
    }
  })
})
