import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http"
import { request as httpsRequest } from "node:https"
import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import { timing, type Deadline } from "../deadline.ts"
import { ExchangeError, type ExchangeErrorOptions } from "../errors.ts"
import type { HttpAnswer, HttpRequest, Ports } from "../ports.ts"
import type { Connections } from "./connections.ts"
import { readText } from "./http-body.ts"
import { dateOf, retryAfterSeconds } from "./http-headers.ts"

const mediaTypes = { form: "application/x-www-form-urlencoded", json: "application/json" } as const

/** Node's own limit is 16 KiB, which cookies alone can fill. A code must not be lost to them. */
const maxHeaderBytes = 64 * 1024

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
  const neededMs = request.method === "POST" ? timing.leastForPostMs : 1
  if (timeLeftMs < neededMs)
    return Promise.reject(unavailable("too little time was left to ask it", { mayHaveArrived: false }))
  return new Promise<HttpAnswer>((resolve, reject) => {
    const outgoing = startRequest(request, connections)
    let maySend = false
    let fail: (error: ExchangeError) => void = reject
    const giveUp = (error: ExchangeError): void => {
      clearTimeout(connectTimer)
      clearTimeout(timer)
      outgoing.destroy()
      fail(error)
    }
    const connected = (): void => {
      maySend = true
      clearTimeout(connectTimer)
    }
    const connectTimer = setTimeout(
      () => {
        giveUp(unavailable("no connection in time", { mayHaveArrived: false }))
      },
      Math.min(timing.connectMs, timeLeftMs - neededMs),
    )
    // There is a connection by now, or the timer above has ended the request: it began first and is never longer.
    const timer = setTimeout(() => {
      giveUp(timedOut())
    }, timeLeftMs)

    outgoing.on("socket", (socket) => {
      // Nothing is written before the handshake is done.
      if (isConnected(socket)) connected()
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
      const head = readHead(response)
      // From here on the status is known, and only the body can fail.
      fail = (unreadable) => {
        resolve({ ...head, body: "", unreadable })
      }
      if (!request.needsBody(head.status)) {
        clearTimeout(timer)
        response.destroy()
        resolve({ ...head, body: "" })
        return
      }
      readText(response).then(
        (body) => {
          clearTimeout(timer)
          resolve({ ...head, body })
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

/** True once the handshake is over: of a kept connection, or of one that was opened ahead of this request. */
function isConnected(socket: Socket): boolean {
  return socket instanceof TLSSocket ? socket.authorized : !socket.connecting
}

function startRequest(request: HttpRequest, connections: Connections): ClientRequest {
  const options = {
    method: request.method,
    maxHeaderSize: maxHeaderBytes,
    headers: {
      accept: "application/json",
      // Without it, a server may choose any coding (RFC 9110 §12.5.3).
      "accept-encoding": "identity",
      ...(request.body && {
        "content-type": mediaTypes[request.body.type],
        "content-length": Buffer.byteLength(request.body.text),
      }),
    },
  }
  return request.url.startsWith("https:")
    ? httpsRequest(request.url, { ...options, agent: connections.https })
    : httpRequest(request.url, { ...options, agent: connections.http })
}

function readHead({ statusCode, headers }: IncomingMessage): Omit<HttpAnswer, "body"> {
  const now = new Date()
  return {
    status: statusCode ?? 0,
    retryAfterSeconds: retryAfterSeconds(headers, now),
    date: dateOf(headers, now),
  }
}

function unavailable(what: string, options: ExchangeErrorOptions): ExchangeError {
  return new ExchangeError("upstream_unavailable", `SuperOffice cannot be reached: ${what}`, options)
}

function timedOut(): ExchangeError {
  return new ExchangeError("upstream_timeout", "SuperOffice did not answer before the deadline")
}

function invalid(what: string): ExchangeError {
  return new ExchangeError("upstream_invalid", `SuperOffice's answer ${what}`)
}
