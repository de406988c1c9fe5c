import type { GatewayAnswer } from "./answer.ts"
import type { ReceivedRequest } from "../received-request.ts"

/** The CORS configuration of the API. */
export interface Cors {
  readonly allowedOrigins: readonly string[]
  readonly allowedHeaders: readonly string[]
  readonly allowedMethods: readonly string[]
  readonly allowCredentials: boolean
  /** Seconds. */
  readonly maxAge: number
}

/**
 * The gateway's answer to a preflight request; undefined for any other request. For an unlisted origin it has no CORS
 * headers, so the browser blocks the request.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html}
 */
export function preflightAnswer(cors: Cors, { method, headers }: ReceivedRequest): GatewayAnswer | undefined {
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

/** Adds the configured CORS headers to the answer, if the origin is listed. */
export function withCors(cors: Cors, origin: string | undefined, answer: GatewayAnswer): GatewayAnswer {
  return { ...answer, headers: { ...answer.headers, ...originHeaders(cors, origin) } }
}

/**
 * Removes the CORS headers that the function has set. API Gateway ignores them if the API has a CORS configuration.
 */
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
