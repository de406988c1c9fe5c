import { describe, expect, it } from "vitest"
import { cloudOnly, everything, functionUrls, usual } from "../support/deployments.ts"
import { packageService } from "../support/package.ts"
import { problems, propertyProblems } from "../support/service-spec.ts"

describe("every resource of the stack", { timeout: 120_000 }, () => {
  it.each([
    ["for pages", usual],
    ["for cloud functions alone", cloudOnly],
    ["with everything that can be asked for", everything],
    ["with function URLs", functionUrls],
  ])("has the properties that its type has, %s", async (_how, options) => {
    expect(problems((await packageService(options)).stack)).toEqual([])
  })
})

describe("the check of resources", () => {
  it("finds what is unknown, missing or of another type", () => {
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
