import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { parseJson } from "../lib/json.ts"
import type { LocalCredentials } from "./credentials.ts"
import { readGuarded } from "./guard.ts"
import type { LocalFunction } from "./lambda.ts"
import { closeServer, createWebServer, listenOnLoopback } from "./loopback.ts"
import type { ReceivedRequest } from "./received-request.ts"

/** The Invoke operation of Lambda's API, on loopback. */
export interface LocalLambdaApi {
  /** What `AWS_ENDPOINT_URL_LAMBDA` should be. */
  readonly url: string
  close(): Promise<void>
}

export interface LambdaApiOptions {
  /** By their names. */
  readonly functions: Readonly<Record<string, Pick<LocalFunction, "invoke">>>
  /** Only requests that are signed with these are answered. */
  readonly credentials: LocalCredentials
  /** Any free port unless given. */
  readonly port?: number
}

/**
 * Starts the REST API that an ordinary `LambdaClient` speaks to: `Invoke`, of types RequestResponse, Event and
 * DryRun. It answers only callers that have the key of this run, because who invokes the functions directly gets refresh
 * tokens. A failed event is not retried, as with the deployed functions (`maximumRetryAttempts: 0`).
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html}
 */
export async function startLambdaApi(options: LambdaApiOptions): Promise<LocalLambdaApi> {
  const { functions, credentials, port } = options

  async function answer(message: IncomingMessage): Promise<ApiAnswer> {
    const { request, refusal } = await readGuarded(message, { credentials, service: "lambda" })
    if (refusal) return failure(refusal.status, refusal.type, refusal.message)
    const name = functionNameIn(request)
    if (name === undefined) return failure(404, "UnknownOperationException", "Only Invoke is supported.")
    const target = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (!target) return failure(404, "ResourceNotFoundException", `Function not found: ${name}`)
    // Without a payload the function gets an empty object.
    const event = request.body.length === 0 ? {} : parseJson(request.body.toString())
    if (event === undefined) {
      return failure(400, "InvalidRequestContentException", "Could not parse request body into json.")
    }
    switch (request.headers["x-amz-invocation-type"] ?? "RequestResponse") {
      case "RequestResponse":
        return await invoke(target, event)
      case "Event":
        // Asynchronous: the result is only in the function's log.
        void target.invoke(event).catch(() => undefined)
        return { status: 202, headers: {}, body: "" }
      case "DryRun":
        return { status: 204, headers: {}, body: "" }
      default:
        return failure(400, "InvalidParameterValueException", "There is no such invocation type.")
    }
  }

  const server = createWebServer(async (request, response) => {
    const { status, headers, body } = await answer(request).catch(() =>
      failure(500, "ServiceException", "An internal error occurred."),
    )
    response.writeHead(status, {
      "content-type": "application/json",
      "x-amzn-requestid": randomUUID(),
      ...headers,
    })
    response.end(body)
  })
  return { url: await listenOnLoopback(server, port), close: () => closeServer(server) }
}

interface ApiAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The function's name in the path, which may contain a full or partial ARN, with a version or an alias. */
function functionNameIn({ method, rawPath }: ReceivedRequest): string | undefined {
  const [, encoded] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(rawPath) ?? []
  if (method !== "POST" || encoded === undefined) return undefined
  const [, name] = /^(?:.*function:)?([\w-]+)(?::[\w$-]+)?$/.exec(decode(encoded)) ?? []
  return name ?? ""
}

/** Percent-decodes; malformed encoding becomes text that names no function. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ""
  }
}

/** Answers 200 for a failed function too, with the header `X-Amz-Function-Error`. */
async function invoke(target: Pick<LocalFunction, "invoke">, event: unknown): Promise<ApiAnswer> {
  const { payload, functionError, requestId } = await target.invoke(event)
  return {
    status: 200,
    headers: {
      "x-amz-executed-version": "$LATEST",
      "x-amzn-requestid": requestId,
      ...(functionError && { "x-amz-function-error": functionError }),
    },
    body: JSON.stringify(payload ?? null),
  }
}

function failure(status: number, type: string, message: string): ApiAnswer {
  const body = JSON.stringify({ Type: status < 500 ? "User" : "Service", Message: message })
  return { status, headers: { "x-amzn-errortype": type }, body }
}
