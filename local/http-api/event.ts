import type { APIGatewayEventRequestContextIAMAuthorizer, APIGatewayProxyEventV2 } from "aws-lambda"
import type { ReceivedRequest } from "../received-request.ts"
import type { Route } from "./routes.ts"

/** Id of the local API, as in the ARNs of its routes. */
export const apiId = "local"

/** The stage that an HTTP API has unless another is made. */
export const stage = "$default"

/** What API Gateway adds to a request. */
export interface EventContext {
  readonly route: Route
  readonly requestId: string
  readonly accountId: string
  /** Who signed the request, or whose token it has; undefined on a route without an authorizer. */
  readonly authorizer: APIGatewayEventRequestContextIAMAuthorizer | JwtContext | undefined
  readonly now: Date
}

/** What a JWT authorizer adds. The published types have members here that no event has. */
export interface JwtContext {
  readonly jwt: {
    /** Text, whatever the token has. */
    readonly claims: Readonly<Record<string, string>>
    /** The route's scopes that the token has; null on a route without scopes. */
    readonly scopes: readonly string[] | null
  }
}

/** A payload 2.0 event. The published types leave the authorizer out of the plain event. */
export type HttpApiEvent = APIGatewayProxyEventV2 & {
  readonly requestContext: {
    readonly authorizer?: APIGatewayEventRequestContextIAMAuthorizer | JwtContext
  }
}

/**
 * Builds the event for a function.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html}
 */
export function eventOf(request: ReceivedRequest, context: EventContext): HttpApiEvent {
  const { method, rawPath, rawQueryString, sourceIp } = request
  const { route, requestId, accountId, authorizer, now } = context
  const routeKey = `${route.method} ${route.path}`
  const domainName = (request.headers.host ?? "").replace(/:\d+$/, "")
  return {
    version: "2.0",
    routeKey,
    rawPath,
    rawQueryString,
    ...cookiesOf(request),
    headers: headersOf(request, now),
    ...queryOf(rawQueryString),
    requestContext: {
      accountId,
      apiId,
      ...(authorizer && { authorizer }),
      domainName,
      domainPrefix: domainName.split(".")[0] ?? "",
      http: {
        method,
        path: rawPath,
        protocol: "HTTP/1.1",
        sourceIp,
        userAgent: request.headers["user-agent"] ?? "",
      },
      requestId,
      routeKey,
      stage,
      time: accessLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...bodyOf(request),
  }
}

/**
 * Cookies are in a field of their own, not in `headers`, and are UTF-8. Node reads each byte of a header as one
 * character. Only ASCII space is removed between cookies: white space of Unicode can be part of a name that a sibling
 * site has chosen (RFC 6265 §4.2.1 separates cookies by `;` and one space).
 */
function cookiesOf({ headers }: ReceivedRequest): Pick<HttpApiEvent, "cookies"> {
  if (headers.cookie === undefined) return {}
  const text = Buffer.from(headers.cookie, "latin1").toString("utf8")
  return { cookies: text.split(/; */).filter((cookie) => cookie !== "") }
}

/** Headers that API Gateway does not pass on: cookies and hop-by-hop headers. */
const dropped = new Set(["cookie", "connection", "keep-alive", "te", "transfer-encoding", "upgrade"])

function headersOf({ headers, body, sourceIp }: ReceivedRequest, now: Date): Record<string, string> {
  const forwardedFor = headers["x-forwarded-for"]
  return {
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name))),
    "content-length": String(body.length),
    "x-amzn-trace-id": `Root=1-${Math.floor(now.getTime() / 1000).toString(16)}-000000000000000000000000`,
    "x-forwarded-for": forwardedFor === undefined ? sourceIp : `${forwardedFor}, ${sourceIp}`,
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  }
}

/** The values of a repeated parameter are joined by commas. */
function queryOf(rawQueryString: string): Pick<HttpApiEvent, "queryStringParameters"> {
  if (rawQueryString === "") return {}
  const query = new URLSearchParams(rawQueryString)
  const parameters = [...new Set(query.keys())].map((name) => [name, query.getAll(name).join(",")])
  return { queryStringParameters: Object.fromEntries(parameters) as Record<string, string> }
}

/**
 * Text for the media types that API Gateway treats as text, base64 for all others, including forms and bodies without
 * a type. AWS documents only "binary"; the list is from observation.
 *
 * @see {@link https://github.com/ministackorg/ministack/pull/766}
 */
function bodyOf({ headers, body }: ReceivedRequest): Pick<HttpApiEvent, "body" | "isBase64Encoded"> {
  if (body.length === 0) return { isBase64Encoded: false }
  const isText = /^(text\/.+|application\/(json|xml|javascript))$/i.test(
    headers["content-type"]?.split(";")[0]?.trim() ?? "",
  )
  return { body: body.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText }
}

/** `12/Mar/2020:19:03:58 +0000` */
function accessLogTime(now: Date): string {
  const [, day, month, year, time] = now.toUTCString().split(" ")
  return `${day ?? ""}/${month ?? ""}/${year ?? ""}:${time ?? ""} +0000`
}
