import { beforeAll, describe, expect, it } from "vitest"
import { packageService } from "../support/package.ts"
import { cloudFunctions, environment, functionNames, pageFunctions } from "../support/service.ts"
import { object, ofType, only, text, type StackTemplate } from "../support/template.ts"

const ownName = {
  domainName: "login.example",
  certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/example",
}
const origins = ["https://app.example", "https://admin.example:8443"]

let pages: StackTemplate
let cloudOnly: StackTemplate
let ownDomain: StackTemplate

beforeAll(async () => {
  const packages = await Promise.all([
    packageService({ params: { clientSecretId: "example", allowedOrigins: origins.join(",") } }),
    packageService({ params: { clientSecretId: "example", throttleRate: "5", throttleBurst: "10" } }),
    packageService({
      params: {
        clientSecretId: "example",
        allowedOrigins: origins.join(","),
        ...ownName,
        hostedZoneId: "Z0EXAMPLE",
      },
    }),
  ])
  ;[pages, cloudOnly, ownDomain] = packages.map(({ stack }) => stack) as [
    StackTemplate,
    StackTemplate,
    StackTemplate,
  ]
})

describe("the HTTP API", () => {
  it("has an open route for what pages may call, a signed route for what cloud functions may, and no other", () => {
    const routes = ofType(pages, "AWS::ApiGatewayV2::Route").map((route) => [
      route.RouteKey,
      route.AuthorizationType ?? "NONE",
    ])
    expect(routes).toEqual(
      functionNames.flatMap((name) => [
        ...(pageFunctions.includes(name) ? [[`POST /${name}`, "NONE"]] : []),
        ...(cloudFunctions.includes(name) ? [[`POST /signed/${name}`, "AWS_IAM"]] : []),
      ]),
    )
  })

  it("speaks payload 2.0, the only one that the functions read", () => {
    const integrations = ofType(pages, "AWS::ApiGatewayV2::Integration")
    expect(integrations).toHaveLength(functionNames.length)
    for (const integration of integrations) expect(integration.PayloadFormatVersion).toBe("2.0")
  })

  it("answers pages of the very origins that the functions know", () => {
    const cors = object(only(pages, "AWS::ApiGatewayV2::Api").CorsConfiguration)
    expect(cors).toEqual({
      AllowOrigins: origins,
      AllowMethods: ["POST"],
      AllowHeaders: ["content-type", "x-csrf"],
      AllowCredentials: true,
      MaxAge: 600,
    })
    for (const name of functionNames) {
      expect(environment(pages, name).ALLOWED_ORIGINS).toBe(origins.join(","))
    }
  })

  it("answers no page at all where no origin is allowed", () => {
    expect(only(cloudOnly, "AWS::ApiGatewayV2::Api")).not.toHaveProperty("CorsConfiguration")
  })

  it("throttles every route", () => {
    // CloudFormation reads a number given as text.
    expect(only(pages, "AWS::ApiGatewayV2::Stage").DefaultRouteSettings).toMatchObject({
      ThrottlingRateLimit: "20",
      ThrottlingBurstLimit: "40",
    })
    expect(only(cloudOnly, "AWS::ApiGatewayV2::Stage").DefaultRouteSettings).toMatchObject({
      ThrottlingRateLimit: "5",
      ThrottlingBurstLimit: "10",
    })
  })
})

describe("the access log", () => {
  it("says when, from where, by whom and how each request ended, and joins it to the function's line", () => {
    const { AccessLogSettings } = only(pages, "AWS::ApiGatewayV2::Stage")
    const { DestinationArn, Format } = object(AccessLogSettings)
    expect(text(DestinationArn)).toMatch(/:log-group:\/aws\/http-api\/superoffice-token-exchange-sod:\*$/)
    expect(JSON.parse(text(Format))).toEqual({
      time: "$context.requestTime",
      source_ip: "$context.identity.sourceIp",
      route: "$context.routeKey",
      status: "$context.status",
      request_id: "$context.integration.requestId",
      gateway_request_id: "$context.requestId",
      caller_arn: "$context.identity.userArn",
      gateway_error: "$context.error.responseType",
    })
  })

  it("has no value that a caller wrote, except for the route, which is one of ours", () => {
    const { AccessLogSettings } = only(pages, "AWS::ApiGatewayV2::Stage")
    const variables = text(object(AccessLogSettings).Format).match(/\$context[\w.]*/g) ?? []
    expect(variables).toHaveLength(8)
    for (const variable of variables) {
      expect(variable).not.toMatch(/path|protocol|userAgent|authorizer|header|query|message/i)
    }
  })
})

describe("a domain of one's own", () => {
  it("is the only address, and has a record where its zone is given", () => {
    expect(only(ownDomain, "AWS::ApiGatewayV2::Api").DisableExecuteApiEndpoint).toBe(true)
    expect(only(ownDomain, "AWS::ApiGatewayV2::DomainName")).toMatchObject({
      DomainName: "login.example",
      DomainNameConfigurations: [{ EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2" }],
    })
    expect(only(ownDomain, "AWS::ApiGatewayV2::ApiMapping")).toMatchObject({
      ApiId: "HttpApi",
      DomainName: "Domain",
      Stage: "$default",
    })
    expect(only(ownDomain, "AWS::Route53::RecordSet")).toMatchObject({
      HostedZoneId: "Z0EXAMPLE",
      Name: "login.example",
    })
    expect(ownDomain.outputs).toMatchObject({
      ApiUrl: "https://login.example",
      DomainTarget: "Domain.RegionalDomainName",
      DomainTargetZone: "Domain.RegionalHostedZoneId",
    })
  })

  it("makes sessions cookies of the pages' own site, and without one they are partitioned", () => {
    expect(environment(ownDomain, "exchange-code").REFRESH_TOKEN_DELIVERY).toBe("cookie")
    expect(environment(pages, "exchange-code").REFRESH_TOKEN_DELIVERY).toBe("partitioned")
  })

  it("leaves the choice of another delivery", async () => {
    const params = { clientSecretId: "example", ...ownName, refreshTokenDelivery: "sealed" }
    const { stack } = await packageService({ params })
    expect(environment(stack, "exchange-code").REFRESH_TOKEN_DELIVERY).toBe("sealed")
  })

  it("is absent unless it is given", () => {
    expect(only(pages, "AWS::ApiGatewayV2::Api").DisableExecuteApiEndpoint).toBe(false)
    for (const type of ["ApiGatewayV2::DomainName", "ApiGatewayV2::ApiMapping", "Route53::RecordSet"]) {
      expect(ofType(pages, `AWS::${type}`)).toEqual([])
    }
    expect(pages.outputs).toMatchObject({ ApiUrl: "HttpApi.ApiEndpoint" })
    expect(pages.outputs).not.toHaveProperty("DomainTarget")
  })
})
