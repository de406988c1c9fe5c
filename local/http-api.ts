import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import type { LocalCredentials, RoleSession } from "./credentials.ts"
import type { GatewayAnswer } from "./http-api/answer.ts"
import { answerOf, gatewayMessage } from "./http-api/answer.ts"
import type { Cors } from "./http-api/cors.ts"
import { preflightAnswer, withCors, withoutCors } from "./http-api/cors.ts"
import type { EventContext } from "./http-api/event.ts"
import { eventOf } from "./http-api/event.ts"
import { authorizeWithIam } from "./http-api/iam.ts"
import type { JwtAuthorizer } from "./http-api/jwt.ts"
import { unauthorized } from "./http-api/jwt.ts"
import type { Route } from "./http-api/routes.ts"
import { findRoute } from "./http-api/routes.ts"
import type { LocalFunction } from "./lambda.ts"
import { closeServer, createWebServer, listenOnLoopback, type Tls } from "./loopback.ts"
import type { ReceivedRequest } from "./received-request.ts"
import { isHeadTooLarge, readRequest } from "./received-request.ts"

export { readRoutes } from "./http-api/routes.ts"
export type { Cors, Route }

/** An API Gateway HTTP API on loopback. */
export interface LocalHttpApi {
  readonly url: string
  close(): Promise<void>
}

/** One that listens, and answers 503 until it is told what to serve. */
export interface ListeningHttpApi extends LocalHttpApi {
  /** Throws if a route has no function. */
  serve(options: ServedApi): void
}

interface ListenOptions {
  readonly port?: number
  /** Without it, plain HTTP. */
  readonly tls?: Tls
}

interface ServedApi {
  readonly routes: readonly Route[]
  /** By the names that the routes use. */
  readonly functions: Readonly<Record<string, Pick<LocalFunction, "invoke">>>
  /** Without it, the functions handle CORS themselves. */
  readonly cors?: Cors
  /** Without them, the IAM authorizer refuses every request. */
  readonly credentials?: LocalCredentials
  /** Roles whose temporary credentials the IAM authorizer accepts too, by access key id. */
  readonly sessions?: ReadonlyMap<string, RoleSession>
  /** Without it, the routes that have a JWT authorizer refuse every request. */
  readonly jwtAuthorizer?: JwtAuthorizer
}

export type HttpApiOptions = ListenOptions & ServedApi

/**
 * Starts the API: turns requests into payload 2.0 events, invokes the functions, and maps their results as API
 * Gateway does.
 */
export async function startHttpApi(options: HttpApiOptions): Promise<LocalHttpApi> {
  const api = await listenForHttpApi(options)
  try {
    api.serve(options)
  } catch (error) {
    await api.close()
    throw error
  }
  return api
}

/** Starts to listen, for an API whose functions must know its address before they are made. */
export async function listenForHttpApi({ port, tls }: ListenOptions): Promise<ListeningHttpApi> {
  let respond: Respond = () => Promise.resolve(gatewayMessage(503, "Service Unavailable"))
  const server = createWebServer(async (message, response) => {
    const requestId = randomUUID()
    const { status, headers, cookies, body } = await respond(message, requestId)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    for (const cookie of cookies) response.appendHeader("set-cookie", cookie)
    response.setHeader("apigw-requestid", requestId)
    response.statusCode = status
    response.end(body)
  }, tls)
  return {
    url: await listenOnLoopback(server, port, tls ? "https:" : "http:"),
    serve(options) {
      respond = responder(options)
    },
    close: () => closeServer(server),
  }
}

type Respond = (message: IncomingMessage, requestId: string) => Promise<GatewayAnswer>

function responder(options: ServedApi): Respond {
  const { routes, functions, cors, credentials } = options
  for (const { functionName } of routes) {
    if (!functions[functionName]) throw new Error(`there is a route to ${functionName}, but no such function`)
  }

  async function answer(message: IncomingMessage, requestId: string): Promise<GatewayAnswer> {
    if (isHeadTooLarge(message)) return gatewayMessage(431, "Request Header Fields Too Large")
    const request = await readRequest(message)
    if (!request) return gatewayMessage(413, "Request Entity Too Large")
    const preflight = cors && preflightAnswer(cors, request)
    return preflight ?? (await invokeRoute(request, requestId))
  }

  async function invokeRoute(request: ReceivedRequest, requestId: string): Promise<GatewayAnswer> {
    const now = new Date()
    const route = findRoute(routes, request.method, request.rawPath)
    const target = route && functions[route.functionName]
    if (!target) return gatewayMessage(404, "Not Found")

    const { refusal, authorizer } = await authorize(request, route, options, now)
    if (refusal) return refusal

    const accountId = credentials?.accountId ?? "000000000000"
    const result = await target.invoke(eventOf(request, { route, requestId, accountId, authorizer, now }))
    if (result.functionError) return gatewayMessage(500, "Internal Server Error")
    return cors ? withoutCors(answerOf(result.payload)) : answerOf(result.payload)
  }

  return async (message, requestId) => {
    const result = await answer(message, requestId).catch(() => gatewayMessage(500, "Internal Server Error"))
    return cors ? withCors(cors, message.headers.origin, result) : result
  }
}

/** What the route's authorizer says of a request: who the caller is, or the answer to one that it refuses. */
interface Authorization {
  readonly authorizer?: EventContext["authorizer"]
  readonly refusal?: GatewayAnswer
}

async function authorize(
  request: ReceivedRequest,
  route: Route,
  { credentials, sessions, jwtAuthorizer }: ServedApi,
  now: Date,
): Promise<Authorization> {
  switch (route.authorizer) {
    case "none":
      return {}
    case "aws_iam": {
      const signers = credentials && { credentials, ...(sessions && { sessions }) }
      const authorizer = signers && authorizeWithIam(request, signers, now)
      return authorizer ? { authorizer } : { refusal: gatewayMessage(403, "Forbidden") }
    }
    case "jwt":
      return jwtAuthorizer ? await jwtAuthorizer(request, now) : { refusal: unauthorized() }
  }
}
