import type { APIGatewayEventRequestContextIAMAuthorizer } from "aws-lambda"
import type { LocalCredentials } from "../credentials.ts"
import type { ReceivedRequest } from "../received-request.ts"
import { verifySignatureV4 } from "../signature-v4.ts"

/** The caller as API Gateway's IAM authorizer describes it; undefined when the request is not properly signed. */
export function authorizeWithIam(
  request: ReceivedRequest,
  credentials: LocalCredentials,
  now: Date,
): APIGatewayEventRequestContextIAMAuthorizer | undefined {
  const failure = verifySignatureV4(request, { credentials, service: "execute-api", now })
  return failure === undefined ? identityOf(credentials) : undefined
}

function identityOf({
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
