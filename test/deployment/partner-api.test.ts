import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { fragment, parametersOf } from "../support/fragment.ts"
import { problems } from "../support/service-spec.ts"
import { list, object, only, text } from "../support/template.ts"

const template = "partner-api.yml"
const parameters = {
  Issuer: "https://login.example.com",
  Audience: "https://api.example.com",
  PageOrigin: "https://app.example.com",
}
const stack = fragment(template, parameters)

interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Runs the code that stands in the template, behind an authorizer that gives it these claims. */
async function answerTo(claims: Readonly<Record<string, string>>): Promise<Answer> {
  const { Code } = only(stack, "AWS::Lambda::Function")
  const exports: { handler?: (event: object) => Promise<Answer> } = {}
  runInNewContext(text(object(Code).ZipFile), { exports })
  const event = { version: "2.0", requestContext: { authorizer: { jwt: { claims, scopes: null } } } }
  if (!exports.handler) throw new Error("the code exports no handler")
  return await exports.handler(event)
}

describe("the API of a partner", () => {
  it("has only properties that its resources have", () => {
    expect(problems(stack)).toEqual([])
  })

  it("lets API Gateway check the tokens of one issuer for one audience, on every route", () => {
    expect(only(stack, "AWS::ApiGatewayV2::Authorizer")).toMatchObject({
      AuthorizerType: "JWT",
      IdentitySource: ["$request.header.Authorization"],
      JwtConfiguration: { Issuer: parameters.Issuer, Audience: [parameters.Audience] },
    })
    expect(only(stack, "AWS::ApiGatewayV2::Route")).toMatchObject({
      RouteKey: "GET /me",
      AuthorizationType: "JWT",
      AuthorizerId: "Authorizer",
      Target: "integrations/Integration",
    })
  })

  it("lets pages of one origin send a token, and no cookie", () => {
    expect(only(stack, "AWS::ApiGatewayV2::Api").CorsConfiguration).toEqual({
      AllowOrigins: [parameters.PageOrigin],
      AllowMethods: ["GET"],
      AllowHeaders: ["authorization"],
      MaxAge: 7200,
    })
  })

  it("invokes its function for this API alone, and the function may write its log and do nothing else", () => {
    expect(only(stack, "AWS::Lambda::Permission")).toMatchObject({
      FunctionName: "Function",
      SourceArn: "arn:aws:execute-api:eu-west-1:111122223333:Api/*",
    })
    const policies = list(only(stack, "AWS::IAM::Role").Policies).map(
      (policy) => object(policy).PolicyDocument,
    )
    expect(policies.map((document) => object(document).Statement)).toEqual([
      [
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: "arn:aws:logs:eu-west-1:111122223333:log-group:LogGroup:*",
        },
      ],
    ])
  })

  it.each([
    ["true", true],
    ["false", false],
  ])("reads claims as API Gateway gives them, which is as text: is_administrator %s", async (told, read) => {
    const user = { sub: "Cust12345/17", ctx: "Cust12345" }
    const { statusCode, headers, body } = await answerTo({
      ...user,
      associateid: "17",
      is_administrator: told,
    })
    expect([statusCode, headers["cache-control"]]).toEqual([200, "no-store"])
    expect(JSON.parse(body)).toEqual({ ...user, associateid: 17, is_administrator: read })
  })

  it.each([
    "http://login.example.com",
    "https://login.example.com/",
    "login.example.com",
    "https://a.example/b",
  ])("refuses the issuer %s, which no token has", (issuer) => {
    const accepts = parametersOf(template)
    expect([accepts("Issuer", parameters.Issuer), accepts("Issuer", issuer)]).toEqual([true, false])
  })
})
