import type { APIGatewayEventRequestContextIAMAuthorizer } from "aws-lambda"
import type { LocalCredentials, RoleSession } from "../credentials.ts"
import type { ReceivedRequest } from "../received-request.ts"
import { accessKeyIdOf, verifySignatureV4 } from "../signature-v4.ts"
import { apiId, stage } from "./event.ts"

/** Who may sign requests. */
export interface Signers {
  /** May invoke every route. */
  readonly credentials: LocalCredentials
  /** May invoke the routes of their roles, by access key id. */
  readonly sessions?: ReadonlyMap<string, RoleSession>
}

/** The caller as API Gateway's IAM authorizer describes it; undefined when the request is not properly signed. */
export function authorizeWithIam(
  request: ReceivedRequest,
  { credentials, sessions }: Signers,
  now: Date,
): APIGatewayEventRequestContextIAMAuthorizer | undefined {
  const session = sessions?.get(accessKeyIdOf(request) ?? "")
  if (session && !mayInvoke(session, request, now)) return undefined
  const signer = { credentials: session ?? credentials, service: "execute-api", now }
  if (verifySignatureV4(request, signer) !== undefined) return undefined
  return session ? identityOfRole(session) : identityOfUser(credentials)
}

/** Allows a route only by its exact ARN, which is stricter than IAM: there, a resource may have wildcards. */
function mayInvoke(
  { expiration, routes, region, accountId }: RoleSession,
  { method, rawPath }: ReceivedRequest,
  now: Date,
): boolean {
  const route = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stage}/${method}${rawPath}`
  return now < expiration && routes.has(route)
}

function identityOfUser({
  accessKeyId,
  accountId,
}: LocalCredentials): APIGatewayEventRequestContextIAMAuthorizer {
  return {
    iam: {
      accessKey: accessKeyId,
      accountId,
      callerId: "AIDALOCALUSER",
      cognitoIdentity: null,
      principalOrgId: "o-local",
      userArn: `arn:aws:iam::${accountId}:user/local`,
      userId: "AIDALOCALUSER",
    },
  }
}

function identityOfRole({
  accessKeyId,
  accountId,
  arn,
}: RoleSession): APIGatewayEventRequestContextIAMAuthorizer {
  const id = `AROALOCALROLE:${arn.split("/").at(-1) ?? ""}`
  return {
    iam: {
      accessKey: accessKeyId,
      accountId,
      callerId: id,
      cognitoIdentity: null,
      principalOrgId: "o-local",
      userArn: arn,
      userId: id,
    },
  }
}
