import { expect, it } from "vitest"
import { packageService } from "../support/package.ts"
import { propertyProblems } from "../support/service-spec.ts"

const everything = {
  clientSecretId: "superoffice/online",
  appTokenSecretId: "superoffice/app-token",
  createSecret: "true",
  secretKmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/0c9f7e0e-6b6b-4c5e-9a55-2f1d3a4b5c6d",
  privateKeySecretId: "superoffice/private-key",
  allowedOrigins: "https://app.example",
  domainName: "login.example",
  certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/example",
  hostedZoneId: "Z0EXAMPLE",
  alarmTopicArn: "arn:aws:sns:eu-west-1:111122223333:on-call",
  reservedConcurrency: "5",
  tracing: "true",
}

it.each([
  ["with nothing but a secret's name", { clientSecretId: "superoffice/online" }],
  ["with everything that can be asked for", everything],
])("every resource has the properties that its type has, %s", async (_how, params) => {
  const { stack } = await packageService({ stage: "online", params })
  const problems = Object.entries(stack.resources).flatMap(([id, resource]) => propertyProblems(id, resource))
  expect(problems).toEqual([])
})

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
