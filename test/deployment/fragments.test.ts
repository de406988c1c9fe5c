import { describe, expect, it } from "vitest"
import { fragment } from "../support/fragment.ts"
import { packageService } from "../support/package.ts"
import { problems } from "../support/service-spec.ts"
import { object, ofType, only } from "../support/template.ts"

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

describe("CloudFront with a web ACL", () => {
  const stack = fragment("cloudfront-waf.yml", {
    ApiDomainName: "api.example",
    DomainName: "login.example",
    CertificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/example",
  })

  it("has the properties that its resources have", () => {
    expect(problems(stack)).toEqual([])
  })

  it("caches nothing, limits by address, and passes on what the functions read", () => {
    const distribution = object(only(stack, "AWS::CloudFront::Distribution").DistributionConfig)
    expect(distribution).toMatchObject({
      WebACLId: "WebAcl.Arn",
      DefaultCacheBehavior: {
        CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        OriginRequestPolicyId: "PageHeaders",
        ViewerProtocolPolicy: "https-only",
      },
    })
    expect(only(stack, "AWS::WAFv2::WebACL").Rules).toMatchObject([
      { Action: { Block: {} }, Statement: { RateBasedStatement: { Limit: "300" } } },
      { Name: "known-bad-addresses" },
    ])
    const policy = object(only(stack, "AWS::CloudFront::OriginRequestPolicy").OriginRequestPolicyConfig)
    expect(policy.CookiesConfig).toEqual({ CookieBehavior: "all" })
    expect(object(policy.HeadersConfig).Headers).toEqual(
      expect.arrayContaining(["Content-Type", "Origin", "X-CSRF", "Sec-Fetch-Site"]),
    )
  })

  it("signs nothing: a viewer can never become a signed caller", () => {
    expect(JSON.stringify(stack)).not.toMatch(/OriginAccessControl|Authorization/)
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
