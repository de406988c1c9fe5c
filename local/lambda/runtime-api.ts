import type { ServerResponse } from "node:http"
import { randomBytes } from "node:crypto"
import { text } from "node:stream/consumers"
import { parseJson } from "../../lib/json.ts"
import { closeServer, createWebServer, isLoopbackHost, listenOnLoopback } from "../loopback.ts"

/** An event, and what the runtime client has to know about it. */
export interface PendingInvocation {
  readonly requestId: string
  readonly functionArn: string
  /** JSON text. */
  readonly payload: string
  readonly timeoutMs: number
  /** Called when the runtime client takes the event: init is over and the time-out begins. */
  readonly onTaken: () => void
}

/** What the runtime client posted. */
export interface RuntimeOutcome {
  readonly kind: "response" | "error" | "init error"
  readonly payload: unknown
}

/** The Runtime API of one execution environment. */
export interface RuntimeApi {
  /** `host:port`, as AWS_LAMBDA_RUNTIME_API has it. */
  readonly address: string
  /** What a client must send as `Authorization` to get events: they hold codes and tokens of callers. */
  readonly authorization: string
  /** Delivers one event as soon as the runtime client asks for it, and waits for the outcome. */
  run(invocation: PendingInvocation): Promise<RuntimeOutcome>
  close(): Promise<void>
}

/**
 * Starts the HTTP interface between Lambda and a runtime client. It gives events, and takes their results, only from the
 * process that was told `authorization`. An init error needs none, because the runtime client itself posts it.
 *
 * @see {@link https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html}
 */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  let poll: ServerResponse | undefined
  let waiting: PendingInvocation | undefined
  let settle: ((outcome: RuntimeOutcome) => void) | undefined
  const authorization = `Bearer ${randomBytes(32).toString("base64url")}`

  function deliver(): void {
    if (!poll || !waiting) return
    const { requestId, functionArn, payload, timeoutMs, onTaken } = waiting
    poll.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": requestId,
      "lambda-runtime-deadline-ms": Date.now() + timeoutMs,
      "lambda-runtime-invoked-function-arn": functionArn,
    })
    poll.end(payload)
    poll = undefined
    waiting = undefined
    onTaken()
  }

  const server = createWebServer(async (request, response) => {
    const [, version, runtime, ...path] = request.url?.split("/") ?? []
    const kind = outcomeKind(path)
    const isAllowed = request.headers.authorization === authorization || kind === "init error"
    if (version !== "2018-06-01" || runtime !== "runtime") {
      response.writeHead(404).end()
    } else if (!isLoopbackHost(request.headers.host) || !isAllowed) {
      response.writeHead(403).end()
    } else if (request.method === "GET" && path.join("/") === "invocation/next") {
      poll = response
      deliver()
    } else if (request.method === "POST" && kind) {
      const payload = parseJson(await text(request))
      if (payload === undefined) {
        response.writeHead(400).end()
        return
      }
      response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}')
      settle?.({ kind, payload })
    } else {
      response.writeHead(404).end()
    }
  })
  // The runtime client ends when its connection closes.
  server.keepAliveTimeout = 0
  const url = await listenOnLoopback(server)

  return {
    address: new URL(url).host,
    authorization,
    run(invocation) {
      return new Promise((resolve) => {
        settle = resolve
        waiting = invocation
        deliver()
      })
    },
    close: () => closeServer(server),
  }
}

function outcomeKind(path: readonly string[]): RuntimeOutcome["kind"] | undefined {
  const [scope, name, what] = path
  if (scope === "init" && name === "error") return "init error"
  if (scope === "invocation" && (what === "response" || what === "error")) return what
  return undefined
}
