import type { IncomingMessage } from "node:http"
import { createServer } from "node:https"
import { buffer } from "node:stream/consumers"
import type { Certificate } from "../../harness/certificate.ts"
import { listenOnLongWire } from "../stand-in/wire.ts"
import { originHeaders, preflightHeaders, type Cors } from "./cors.ts"

/** A request that reached the front. */
export interface Arrival {
  readonly method: string
  readonly path: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A result of a handler, in API Gateway's payload format 2.0. */
interface HandlerResult {
  readonly statusCode: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  readonly body?: string
}

/** An HTTP API on loopback, as far from the browser as a region is from a user. */
export interface Front {
  readonly url: string
  /** All that reached it since it was last asked. */
  readonly takeArrivals: () => readonly Arrival[]
  readonly close: () => void
}

export interface FrontOptions {
  readonly hostName: string
  readonly certificate: Certificate
  readonly oneWayMs: number
  /** The handler of each path. */
  readonly routes: Readonly<Record<string, (event: object) => Promise<unknown>>>
  /** With it the front answers preflights itself, and adds what CORS asks for to each answer. */
  readonly cors?: { readonly origin: string; readonly configuration: Cors }
}

/** Turns requests into events of payload format 2.0 and results into answers, as API Gateway's HTTP API does. */
export async function startFront({
  hostName,
  certificate,
  oneWayMs,
  routes,
  cors,
}: FrontOptions): Promise<Front> {
  let arrivals: Arrival[] = []

  async function answer(request: IncomingMessage): Promise<HandlerResult> {
    const [path = "/"] = (request.url ?? "").split("?")
    arrivals.push({
      method: request.method ?? "",
      path,
      at: performance.timeOrigin + performance.now(),
    })
    const event = await eventOf(request, hostName)
    if (request.method === "OPTIONS" && cors) {
      return { statusCode: 204, headers: preflightHeaders(cors.configuration) }
    }
    const result = (await routes[path]?.(event)) as HandlerResult | undefined
    return result ? withoutCors(result) : { statusCode: 404 }
  }

  const server = createServer(certificate, (request, response) => {
    void answer(request).then(({ statusCode, headers = {}, cookies = [], body }) => {
      const isListed = cors && request.headers.origin === cors.origin
      const added = isListed ? originHeaders(cors.configuration, cors.origin) : {}
      for (const [name, value] of Object.entries({ ...headers, ...added })) response.setHeader(name, value)
      if (cookies.length > 0) response.setHeader("set-cookie", cookies)
      response.writeHead(statusCode).end(body)
    })
  })
  server.keepAliveTimeout = 60_000
  const { port, close } = await listenOnLongWire(server, oneWayMs)
  return {
    url: `https://${hostName}:${port}`,
    takeArrivals: () => {
      const taken = arrivals
      arrivals = []
      return taken
    },
    close,
  }
}

/** The gateway drops what a handler says about CORS. */
function withoutCors({ headers = {}, ...others }: HandlerResult): HandlerResult {
  const kept = Object.entries(headers).filter(([name]) => !/^access-control-/i.test(name))
  return { ...others, headers: Object.fromEntries(kept) }
}

async function eventOf(request: IncomingMessage, domainName: string): Promise<object> {
  const { method = "", url = "", headers } = request
  const [rawPath = "/", rawQueryString = ""] = url.split("?")
  const { cookie, ...others } = headers
  const body = await buffer(request)
  const isText = headers["content-type"]?.startsWith("application/json") ?? false
  const routeKey = `${method} ${rawPath}`
  return {
    version: "2.0",
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split("; ") }),
    headers: others,
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      domainName,
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "page" },
      requestId: "request",
      routeKey,
      stage: "$default",
      timeEpoch: Date.now(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  }
}
