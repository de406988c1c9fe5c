import type { APIGatewayProxyEventV2WithJWTAuthorizer } from "aws-lambda"
import { expect, it } from "vitest"
import { handler } from "../../examples/own-api.ts"

it.each([
  ["true", true],
  ["false", false],
])("the example of an API tells who calls, from claims that are text: %s", async (text, is_administrator) => {
  const claims = { sub: "Cust12345/5", ctx: "Cust12345", associateid: "5", is_administrator: text }
  const requestContext = { authorizer: { jwt: { claims, scopes: null } } }
  const { statusCode, headers, body } = await handler({
    requestContext,
  } as unknown as APIGatewayProxyEventV2WithJWTAuthorizer)
  expect({ statusCode, headers }).toEqual({
    statusCode: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  })
  expect(JSON.parse(body)).toEqual({ ...claims, associateid: 5, is_administrator })
})
