/**
 * A handler of your own API, which your page calls with its `api_token`. API Gateway's JWT authorizer has verified the token
 * before: its signature, that this deployment issued it for your API, and that it has not expired. See
 * deploy/fragments/partner-api.yml.
 */
import type { APIGatewayProxyEventV2WithJWTAuthorizer } from "aws-lambda"

export function handler({ requestContext }: Pick<APIGatewayProxyEventV2WithJWTAuthorizer, "requestContext">) {
  // `sub` identifies the user in all tenants. API Gateway hands every claim on as text.
  const { sub, ctx, associateid, is_administrator } = requestContext.authorizer.jwt.claims
  const caller = { sub, ctx, associateid: Number(associateid), is_administrator: is_administrator === "true" }
  const headers = { "content-type": "application/json", "cache-control": "no-store" }
  return Promise.resolve({ statusCode: 200, headers, body: JSON.stringify(caller) })
}
