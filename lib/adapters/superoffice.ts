import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http"
import { request as httpsRequest } from "node:https"
import { timing, within, type Deadline } from "../deadline.ts"
import { ExchangeError } from "../errors.ts"
import type { HttpAnswer, HttpRequest, Ports } from "../ports.ts"
import type { Connections } from "./connections.ts"

const mediaTypes = { form: "application/x-www-form-urlencoded", json: "application/json" } as const

const maxAnswerBytes = 1024 * 1024

/**
 * Creates the client for SuperOffice: kept-alive connections, no redirects, one deadline per request, answers of at most
 * 1 MiB. Its errors tell a connection that was never made from a request that may have arrived, because a code may only be
 * sent again after the former. Uses `node:https`, not `fetch`, because loading `fetch` takes half of a cold start.
 */
export function createSuperOfficeClient(connections: Connections): Ports["superOffice"] {
  return async (request, deadline) => {
    await connections.closeStale()
    return await sendRequest(request, deadline, connections)
  }
}

function sendRequest(
  request: HttpRequest,
  deadline: Deadline,
  connections: Connections,
): Promise<HttpAnswer> {
  const timeLeftMs = deadline.remainingMs()
  if (timeLeftMs === 0)
    return Promise.reject(unavailable("no time was left to ask it", { mayHaveArrived: false }))
  return new Promise<HttpAnswer>((resolve, reject) => {
    const outgoing = startRequest(request, connections)
    let maySend = false
    const giveUp = (error: ExchangeError): void => {
      clearTimeout(connectTimer)
      clearTimeout(timer)
      outgoing.destroy()
      reject(error)
    }
    const connected = (): void => {
      maySend = true
      clearTimeout(connectTimer)
    }
    const connectTimer = setTimeout(() => {
      giveUp(unavailable("no connection in time", { mayHaveArrived: false }))
    }, within(deadline, timing.connectMs).remainingMs())
    // There is a connection by now, or the timer above has ended the request: it began first and is never longer.
    const timer = setTimeout(() => {
      giveUp(timedOut())
    }, timeLeftMs)

    outgoing.on("socket", (socket) => {
      // Nothing is written before the handshake is done.
      if (outgoing.reusedSocket) connected()
      else socket.once(request.url.startsWith("https:") ? "secureConnect" : "connect", connected)
    })
    outgoing.on("error", (cause: NodeJS.ErrnoException) => {
      giveUp(
        cause.code?.startsWith("HPE_")
          ? invalid("is not HTTP")
          : unavailable("the connection failed", { cause, mayHaveArrived: maySend }),
      )
    })
    outgoing.on("upgrade", () => {
      giveUp(invalid("switches the protocol"))
    })
    outgoing.on("response", (response) => {
      readBody(response).then(
        (body) => {
          clearTimeout(timer)
          resolve({
            status: response.statusCode ?? 0,
            retryAfterSeconds: retryAfter(response),
            date: dateOf(response),
            body,
          })
        },
        (error: unknown) => {
          giveUp(
            error instanceof ExchangeError ? error : unavailable("the answer broke off", { cause: error }),
          )
        },
      )
    })
    outgoing.end(request.body?.text)
  })
}

function startRequest(request: HttpRequest, connections: Connections): ClientRequest {
  const headers = {
    accept: "application/json",
    ...(request.body && {
      "content-type": mediaTypes[request.body.type],
      "content-length": Buffer.byteLength(request.body.text),
    }),
  }
  return request.url.startsWith("https:")
    ? httpsRequest(request.url, { method: request.method, headers, agent: connections.https })
    : httpRequest(request.url, { method: request.method, headers, agent: connections.http })
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxAnswerBytes) throw invalid("is over 1 MiB")
    chunks.push(chunk)
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw invalid("is not UTF-8")
  }
}

/** RFC 9110 §10.2.3, when it is a small number of seconds. */
function retryAfter(response: IncomingMessage): number | undefined {
  const value = response.headers["retry-after"]
  return value !== undefined && /^\d{1,4}$/.test(value) ? Number(value) : undefined
}

function dateOf({ headers }: IncomingMessage): Date | undefined {
  const time = Date.parse(headers.date ?? "")
  return Number.isNaN(time) ? undefined : new Date(time)
}

interface Circumstances {
  readonly cause?: unknown
  readonly mayHaveArrived?: boolean
}

function unavailable(what: string, circumstances: Circumstances): ExchangeError {
  return new ExchangeError("upstream_unavailable", `SuperOffice cannot be reached: ${what}`, circumstances)
}

function timedOut(): ExchangeError {
  return new ExchangeError("upstream_timeout", "SuperOffice did not answer before the deadline")
}

function invalid(what: string): ExchangeError {
  return new ExchangeError("upstream_invalid", `SuperOffice's answer ${what}`)
}
