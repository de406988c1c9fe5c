import { beforeAll, describe, expect, it } from "vitest"
import { packageService } from "../support/package.ts"
import type { StackTemplate } from "../support/template.ts"

/** Within what AWS wants a name to be unique; undefined where it is no name, or need not be unique. */
const scopes: Readonly<Record<string, "account" | "region" | undefined>> = {
  "AWS::S3::Bucket BucketName": "account",
  "AWS::IAM::Role RoleName": "account",
  "AWS::IAM::ManagedPolicy ManagedPolicyName": "account",
  "AWS::CloudWatch::Dashboard DashboardName": "account",
  "AWS::CloudWatch::Alarm AlarmName": "region",
  "AWS::Lambda::Function FunctionName": "region",
  "AWS::Logs::LogGroup LogGroupName": "region",
  "AWS::SecretsManager::Secret Name": "region",
  "AWS::ApiGatewayV2::DomainName DomainName": "region",
  "AWS::Logs::QueryDefinition Name": "region",
  "AWS::ApiGatewayV2::Api Name": undefined,
  "AWS::ApiGatewayV2::Stage StageName": undefined,
  "AWS::ApiGatewayV2::ApiMapping DomainName": undefined,
  "AWS::Lambda::Permission FunctionName": undefined,
  "AWS::Lambda::EventInvokeConfig FunctionName": undefined,
}

let first: StackTemplate
let otherStage: StackTemplate
let otherRegion: StackTemplate

beforeAll(async () => {
  const stacks = await Promise.all(
    [
      { stage: "online", region: "eu-west-1" },
      { stage: "sod", region: "eu-west-1" },
      { stage: "online", region: "eu-north-1" },
    ].map(({ stage, region }) =>
      packageService({ stage, region, params: everythingWithAName(stage, region) }),
    ),
  )
  ;[first, otherStage, otherRegion] = stacks.map(({ stack }) => stack) as [
    StackTemplate,
    StackTemplate,
    StackTemplate,
  ]
})

describe("in one account", () => {
  it("two stages of one region share no name that must be unique", () => {
    expect(inBoth(names(first, "region", "account"), names(otherStage, "region", "account"))).toEqual([])
  })

  it("two regions of one stage share no name that must be unique in the account", () => {
    expect(inBoth(names(first, "account"), names(otherRegion, "account"))).toEqual([])
  })

  it("two regions of one stage share the names that are unique in a region, so that nothing else differs", () => {
    expect(names(first, "region")).toEqual(names(otherRegion, "region"))
    expect(names(first, "region")).toContain("superoffice/online")
  })
})

function everythingWithAName(stage: string, region: string): Record<string, string> {
  return {
    clientSecretId: `superoffice/${stage}`,
    appTokenSecretId: `superoffice/${stage}-app-token`,
    createSecret: "true",
    domainName: `${stage}.login.example`,
    certificateArn: `arn:aws:acm:${region}:111122223333:certificate/example`,
  }
}

/** The names in a stack that must be unique in one of these scopes. A name of a kind that is not known here is an error. */
function names({ resources }: StackTemplate, ...wanted: readonly ("account" | "region")[]): unknown[] {
  return Object.values(resources).flatMap(({ type, properties }) =>
    Object.entries(properties)
      .filter(([property]) => property.endsWith("Name"))
      .flatMap(([property, value]) => {
        const kind = `${type} ${property}`
        if (!Object.hasOwn(scopes, kind)) throw new Error(`is ${kind} unique in a region, or in the account?`)
        const scope = scopes[kind]
        return scope !== undefined && wanted.includes(scope) ? [value] : []
      }),
  )
}

function inBoth(some: readonly unknown[], others: readonly unknown[]): unknown[] {
  return some.filter((name) => others.includes(name))
}
