import { describe, expect, it } from "vitest"
import { cloudOnly, everything, origins, usual } from "../support/deployments.ts"
import { packageService } from "../support/package.ts"
import { cloudFunctions, functionNames, pageFunctions } from "../support/service.ts"
import { object, ofType, only, text, type StackTemplate } from "../support/template.ts"

const [{ stack: pages }, { stack: noPages }, { stack: ownDomain }] = await Promise.all([
  packageService(usual),
  packageService(cloudOnly),
  packageService(everything),
])

/** What verifiers of tokens for the partner's own API read, whoever they are. */
const documents = ["openid-configuration", "oauth-authorization-server", "jwks.json"]

describe("the HTTP API", () => {
  it("has an open route for what pages may call, a signed route for what cloud functions may, and no other to post to", () => {
    const routes = routesOf(pages).filter(([key = ""]) => key.startsWith("POST "))
    expect(routes).toEqual(
      functionNames.flatMap((name) => [
        ...(pageFunctions.includes(name) ? [[`POST /${name}`, "NONE"]] : []),
        ...(cloudFunctions.includes(name) ? [[`POST /signed/${name}`, "AWS_IAM"]] : []),
      ]),
    )
  })

  it("has an open route for each document of the issuer, to be read alone (C84)", () => {
    const routes = routesOf(pages).filter(([key = ""]) => !key.startsWith("POST "))
    expect(routes).toEqual(documents.map((name) => [`GET /.well-known/${name}`, "NONE"]))
  })

  it("speaks payload 2.0, the only one that the functions read", () => {
    const integrations = ofType(pages, "AWS::ApiGatewayV2::Integration")
    expect(integrations).toHaveLength(functionNames.length)
    for (const integration of integrations) expect(integration.PayloadFormatVersion).toBe("2.0")
  })

  it("answers pages of the very origins that the functions know", () => {
    expect(only(pages, "AWS::ApiGatewayV2::Api").CorsConfiguration).toEqual({
      AllowOrigins: origins,
      AllowMethods: ["POST"],
      AllowHeaders: ["content-type", "x-csrf"],
      AllowCredentials: true,
      MaxAge: 7200,
    })
    expect(only(noPages, "AWS::ApiGatewayV2::Api")).not.toHaveProperty("CorsConfiguration")
  })

  it("throttles every route", () => {
    const settingsOf = (stack: StackTemplate) => only(stack, "AWS::ApiGatewayV2::Stage").DefaultRouteSettings
    expect(settingsOf(pages)).toMatchObject({ ThrottlingRateLimit: "20", ThrottlingBurstLimit: "40" })
    expect(settingsOf(noPages)).toMatchObject({ ThrottlingRateLimit: "5", ThrottlingBurstLimit: "10" })
  })

  it("throttles the issuer's documents as all other routes, because no route is an exception", () => {
    for (const stack of [pages, noPages, ownDomain]) {
      expect(only(stack, "AWS::ApiGatewayV2::Stage")).not.toHaveProperty("RouteSettings")
    }
  })
})

describe("the access log", () => {
  /** What a caller wrote is in none of them but the route, which is one of ours. */
  const format = {
    time: "$context.requestTime",
    source_ip: "$context.identity.sourceIp",
    route: "$context.routeKey",
    status: "$context.status",
    request_id: "$context.integration.requestId",
    gateway_request_id: "$context.requestId",
    caller_arn: "$context.identity.userArn",
    gateway_error: "$context.error.responseType",
  }

  it("says when, from where, by whom and how each request ended, and joins it to the function's line", () => {
    const { DestinationArn, Format } = object(only(pages, "AWS::ApiGatewayV2::Stage").AccessLogSettings)
    expect(text(DestinationArn)).toMatch(/:log-group:\/aws\/http-api\/superoffice-token-exchange-sod:\*$/)
    expect(JSON.parse(text(Format))).toEqual(format)
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

  it("is absent unless it is given", () => {
    expect(only(pages, "AWS::ApiGatewayV2::Api").DisableExecuteApiEndpoint).toBe(false)
    for (const type of ["ApiGatewayV2::DomainName", "ApiGatewayV2::ApiMapping", "Route53::RecordSet"]) {
      expect(ofType(pages, `AWS::${type}`)).toEqual([])
    }
    expect(pages.outputs).toMatchObject({ ApiUrl: "HttpApi.ApiEndpoint" })
    expect(pages.outputs).not.toHaveProperty("DomainTarget")
  })
})

function routesOf(stack: StackTemplate): string[][] {
  return ofType(stack, "AWS::ApiGatewayV2::Route").map(({ RouteKey, AuthorizationType = "NONE" }) => [
    text(RouteKey),
    text(AuthorizationType),
  ])
}
