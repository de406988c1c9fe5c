import { describe, expect, it } from "vitest"
import { cloudOnly, everything, functionUrls, kmsKeyArn, usual } from "../support/deployments.ts"
import { packageService } from "../support/package.ts"
import { problems, propertyProblems } from "../support/service-spec.ts"
import { ofType, text } from "../support/template.ts"

const [{ stack: pages }, { stack: noPages }, { stack: all }, { stack: urls }] = await Promise.all([
  packageService(usual),
  packageService(cloudOnly),
  packageService(everything),
  packageService(functionUrls),
])

describe("every resource of the stack", () => {
  it.each([
    ["for pages", pages],
    ["for cloud functions alone", noPages],
    ["with everything that can be asked for", all],
    ["with function URLs", urls],
  ])("has the properties that its type has, %s", (_how, stack) => {
    expect(problems(stack)).toEqual([])
  })

  it("is checked for what is unknown, missing or of another type", () => {
    const alarm = {
      type: "AWS::CloudWatch::Alarm",
      properties: { Treshold: 1, EvaluationPeriods: "one", Metrics: [{ Expression: "SUM(METRICS())" }] },
    }
    expect(propertyProblems("Alarm", alarm)).toEqual([
      "Alarm.Treshold is not a property",
      "Alarm.EvaluationPeriods is not of type integer",
      "Alarm.Metrics[0].Id is missing",
    ])
    expect(propertyProblems("Alarm", { ...alarm, type: "AWS::CloudWatch::Alert" })).toEqual([
      "Alarm: AWS::CloudWatch::Alert is not a type of resource",
    ])
  })
})

describe("a name", () => {
  const uniqueInRegion = [
    "Alarm AlarmName",
    "Function FunctionName",
    "LogGroup LogGroupName",
    "QueryDefinition Name",
  ]
  // A setting, the name of another resource, or one that need not be unique.
  const others = [
    "Secret Name",
    "DomainName DomainName",
    "RecordSet Name",
    "Api Name",
    "Stage StageName",
  ].concat("ApiMapping DomainName", "Permission FunctionName", "EventInvokeConfig FunctionName")
  const names = Object.values(all.resources).flatMap(({ type, properties }) =>
    Object.entries(properties)
      .filter(([property]) => property.endsWith("Name"))
      .map(([property, value]) => ({ kind: `${type.split("::")[2] ?? ""} ${property}`, name: text(value) })),
  )

  it("that must be unique in a region has the stage, and is the same in each region", () => {
    const inRegion = names.filter(({ kind }) => uniqueInRegion.includes(kind))
    expect(new Set(inRegion.map(({ kind }) => kind))).toEqual(new Set(uniqueInRegion))
    for (const { name } of inRegion) {
      expect(name).toMatch(/\bonline\b/)
      expect(name).not.toContain("eu-west-1")
    }
  })

  it("that must be unique in the account has the stage and the region, so that none meets another's", () => {
    const inAccount = names.filter(({ kind }) => ![...uniqueInRegion, ...others].includes(kind))
    expect(inAccount).toEqual([
      { kind: "Dashboard DashboardName", name: "superoffice-token-exchange-online-eu-west-1" },
    ])
  })
})

describe("a secret", () => {
  const secret = "AWS::SecretsManager::Secret"

  it("is made only where that is asked for, and never where an ARN names it, because it is there already", () => {
    expect(ofType(pages, secret)).toEqual([])
    expect(ofType(urls, secret)).toHaveLength(1)
  })

  it("is made without a value, and is dropped only when the deployment that makes it fails", () => {
    const kept = { type: secret, deletionPolicy: "RetainExceptOnCreate", updateReplacePolicy: "Retain" }
    for (const [id, Name] of [
      ["ClientSecret", "superoffice/online"],
      ["AppTokenSecret", "superoffice/online-app-token"],
    ] as const) {
      expect(all.resources[id]).toMatchObject({ ...kept, properties: { Name, KmsKeyId: kmsKeyArn } })
      expect(all.resources[id]?.properties).not.toHaveProperty("SecretString")
      expect(all.outputs[`${id}Arn`]).toBe(id)
    }
  })
})

describe("function URLs", () => {
  it("are made for pages and for signing callers, with the CORS of the functions", () => {
    expect(ofType(urls, "AWS::Lambda::Url")).toEqual([
      { TargetFunctionArn: "superoffice-token-exchange-sod-exchange-code", AuthType: "NONE" },
      { TargetFunctionArn: "superoffice-token-exchange-sod-authenticate-system-user", AuthType: "AWS_IAM" },
    ])
    const open = ofType(urls, "AWS::Lambda::Permission").filter(({ Principal }) => Principal === "*")
    expect(new Set(open.map(({ FunctionName }) => FunctionName))).toEqual(
      new Set(["superoffice-token-exchange-sod-exchange-code"]),
    )
  })
})
