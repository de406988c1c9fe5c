import { validateHeaderName, validateHeaderValue } from "node:http"

/** The response to the client. */
export interface GatewayAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: readonly string[]
  readonly body: string | Buffer
}

/** A response of the gateway itself. */
export function gatewayMessage(status: number, message: string): GatewayAnswer {
  const headers = { "content-type": "application/json" }
  return { status, headers, cookies: [], body: JSON.stringify({ message }) }
}

/**
 * Maps a function's result to a response. A result with a `statusCode` is the whole response; any other is a JSON
 * body. A result that API Gateway could not map becomes its 500. Throws when HTTP cannot carry the result.
 *
 * @see {@link https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response}
 */
export function answerOf(result: unknown): GatewayAnswer {
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    const body = typeof result === "string" ? result : JSON.stringify(result)
    return { status: 200, headers: { "content-type": "application/json" }, cookies: [], body }
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = result as Readonly<Record<string, unknown>>
  if (!isStatus(statusCode) || !isOptional(headers, isHeaders) || !isOptional(cookies, isStrings))
    return malformed
  if (!isOptional(body, isString)) return malformed
  for (const [name, value] of Object.entries(headers ?? {})) {
    validateHeaderName(name)
    validateHeaderValue(name, String(value))
  }
  for (const cookie of cookies ?? []) validateHeaderValue("set-cookie", cookie)
  return {
    status: statusCode,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      ...Object.fromEntries(
        Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
      ),
    },
    cookies: cookies ?? [],
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  }
}

const malformed = gatewayMessage(500, "Internal Server Error")

function isOptional<T>(value: unknown, is: (value: unknown) => value is T): value is T | null | undefined {
  return value === undefined || value === null || is(value)
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599
}

function isString(value: unknown): value is string {
  return typeof value === "string"
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isString)
}

function isHeaders(value: unknown): value is Record<string, string | number | boolean> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((one) => ["string", "number", "boolean"].includes(typeof one))
  )
}
