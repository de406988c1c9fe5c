import { pageOrigin } from "./front-door.ts"

interface EventOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly isBase64Encoded?: boolean
  readonly path?: string
  readonly authorizer?: unknown
}

/** An HTTP request as API Gateway's HTTP API hands it over, payload format 2.0. */
export function httpEvent(options: EventOptions = {}): Record<string, unknown> {
  const { method = "POST", path = "/token", headers = {}, body } = options
  const { isBase64Encoded = false, authorizer } = options
  return {
    version: "2.0",
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: "",
    headers,
    requestContext: {
      accountId: "123456789012",
      apiId: "api-id",
      ...(authorizer !== undefined && { authorizer }),
      domainName: "api-id.execute-api.eu-west-1.amazonaws.com",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: "JKJaXmPLvHcESHA=",
      routeKey: `${method} ${path}`,
      stage: "$default",
    },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  }
}

/** A page's request. */
export function browserEvent(fields: unknown, options: EventOptions = {}): Record<string, unknown> {
  return httpEvent({
    body: JSON.stringify(fields),
    ...options,
    headers: { origin: pageOrigin, "content-type": "application/json", ...options.headers },
  })
}

/** A cloud function's request, signed with IAM and so let through by the gateway's authorizer. */
export function signedEvent(
  fields: unknown,
  options: EventOptions & { iam?: object } = {},
): Record<string, unknown> {
  return httpEvent({
    body: JSON.stringify(fields),
    path: "/signed/token",
    ...options,
    headers: { "content-type": "application/json", ...options.headers },
    authorizer: { iam: { ...signer, ...options.iam } },
  })
}

const signer = {
  accessKey: "AKIAIOSFODNN7EXAMPLE",
  accountId: "123456789012",
  callerId: "AROAEXAMPLE:job",
  cognitoIdentity: null,
  principalOrgId: null,
  userArn: "arn:aws:sts::123456789012:assumed-role/nightly-job/job",
  userId: "AROAEXAMPLE:job",
}

/** The body of an HTTP answer. */
export function bodyOf(result: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return JSON.parse(String(result.body)) as Record<string, unknown>
}
