import type { GatewayAnswer } from "./answer.ts"
import type { GatewayRequest } from "./request.ts"

/** The CORS configuration of the API, in the words of `serverless.yml`. */
export interface Cors {
  readonly allowedOrigins: readonly string[]
  readonly allowedHeaders: readonly string[]
  readonly allowedMethods: readonly string[]
  readonly allowCredentials: boolean
  /** Seconds. */
  readonly maxAge: number
}

/**
 * The gateway's own answer to a preflight request; nothing for any other request. An unlisted origin gets the same
 * status without the headers, which a browser takes for a no.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html}
 */
export function preflightAnswer(cors: Cors, { method, headers }: GatewayRequest): GatewayAnswer | undefined {
  const origin = headers.origin
  if (method !== "OPTIONS" || origin === undefined || !headers["access-control-request-method"])
    return undefined
  const allowed = {
    "access-control-allow-methods": cors.allowedMethods.join(","),
    "access-control-allow-headers": cors.allowedHeaders.join(","),
    "access-control-max-age": String(cors.maxAge),
  }
  const isListed = cors.allowedOrigins.includes(origin)
  return withCors(cors, origin, { status: 204, headers: isListed ? allowed : {}, cookies: [], body: "" })
}

/** The answer with the configured CORS headers, if the origin is listed, in place of whatever the function said. */
export function withCors(cors: Cors, origin: string | undefined, answer: GatewayAnswer): GatewayAnswer {
  return { ...answer, headers: { ...answer.headers, ...originHeaders(cors, origin) } }
}

/** The answer of a function without the CORS headers that it set: with a CORS configuration they are ignored. */
export function withoutCors(answer: GatewayAnswer): GatewayAnswer {
  const kept = Object.entries(answer.headers).filter(([name]) => !name.startsWith("access-control-"))
  return { ...answer, headers: Object.fromEntries(kept) }
}

function originHeaders(cors: Cors, origin: string | undefined): Record<string, string> {
  if (origin === undefined || !cors.allowedOrigins.includes(origin)) return {}
  return {
    "access-control-allow-origin": origin,
    ...(cors.allowCredentials && { "access-control-allow-credentials": "true" }),
  }
}
