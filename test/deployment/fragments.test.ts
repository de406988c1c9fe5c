import { describe, expect, it } from "vitest"
import { fragment } from "../support/fragment.ts"
import { packageService } from "../support/package.ts"
import { problems } from "../support/service-spec.ts"
import { ofType } from "../support/template.ts"

describe("function URLs", () => {
  it("are made for pages and for signing callers, with the CORS of the functions", async () => {
    const { stack } = await packageService({
      params: { clientSecretId: "example" },
      fragment: "function-url.yml",
    })
    expect(problems(stack)).toEqual([])
    expect(ofType(stack, "AWS::Lambda::Url")).toEqual([
      { TargetFunctionArn: "superoffice-token-exchange-sod-exchange-code", AuthType: "NONE" },
      { TargetFunctionArn: "superoffice-token-exchange-sod-authenticate-system-user", AuthType: "AWS_IAM" },
    ])
    const open = ofType(stack, "AWS::Lambda::Permission").filter(({ Principal }) => Principal === "*")
    expect(open.map(({ FunctionName }) => FunctionName)).toEqual([
      "superoffice-token-exchange-sod-exchange-code",
      "superoffice-token-exchange-sod-exchange-code",
    ])
  })
})

describe("two regions behind one name", () => {
  const stack = fragment("two-regions.yml", {
    HostedZoneId: "Z0EXAMPLE",
    DomainName: "login.example",
    FirstTarget: "d-1.execute-api.eu-west-1.amazonaws.com",
    FirstTargetZone: "Z1",
    SecondTarget: "d-2.execute-api.eu-north-1.amazonaws.com",
    SecondTargetZone: "Z2",
  })

  it("have the properties that their resources have", () => {
    expect(problems(stack)).toEqual([])
  })

  it("answer where it is nearest and well", () => {
    expect(ofType(stack, "AWS::Route53::RecordSet")).toEqual(
      [
        ["eu-west-1", "FirstHealth", "d-1", "Z1"],
        ["eu-north-1", "SecondHealth", "d-2", "Z2"],
      ].map(([region, health, target, zone]) => ({
        HostedZoneId: "Z0EXAMPLE",
        Name: "login.example",
        Type: "A",
        SetIdentifier: region,
        Region: region,
        HealthCheckId: health,
        AliasTarget: { DNSName: `${target}.execute-api.${region}.amazonaws.com`, HostedZoneId: zone },
      })),
    )
  })

  it("can each be taken out by the id of its health check", () => {
    expect(stack.outputs).toEqual({
      FirstHealthCheckId: "FirstHealth",
      SecondHealthCheckId: "SecondHealth",
    })
  })
})
