import type { IncomingMessage, ServerResponse } from "node:http"
import { paths } from "./paths.ts"

/** The endpoints that can be made to fail. */
export type Endpoint = "token" | "key set" | "revocation" | "system user"

/** How an answer fails. The comments say if the provider has processed the request all the same. */
export const faults = {
  /** Closes the connection when the request's head has arrived. */
  "reset before the work": (_request, response) => {
    response.socket?.destroy()
  },
  /** Processes the request, then closes the connection instead of answering. */
  "reset after the work": (_request, response, work) => {
    response.end = cut(response)
    work()
  },
  /** No answer, and the connection stays open. */
  silence: () => undefined,
  /** Processes the request. Sends one byte of the answer every 100 ms. */
  "slow drip": (_request, response, work) => {
    withBody(response, (body) => {
      let sent = 0
      const drip = setInterval(() => {
        if (response.destroyed || sent === body.length) clearInterval(drip)
        else response.socket?.write(body.subarray(sent, (sent += 1)))
      }, 100)
      writeHead(response, 200, body.length)
    })
    work()
  },
  /** Processes the request. Closes the connection in the middle of the body. */
  "truncated body": (_request, response, work) => {
    withBody(response, (body) => {
      writeHead(response, 200, body.length)
      response.socket?.end(body.subarray(0, body.length / 2))
    })
    work()
  },
  /** Processes the request. `Content-Length` is shorter than the body. */
  "wrong content length": (_request, response, work) => {
    withBody(response, (body) => {
      writeHead(response, 200, body.length - 20)
      response.socket?.end(body)
    })
    work()
  },
  "an HTML page": answers(200, "<!doctype html><title>Sign in</title>", { "content-type": "text/html" }),
  "a redirect": answers(302, "", { location: "https://elsewhere.example/token" }),
  "a redirect that keeps the body": answers(307, "", { location: "https://elsewhere.example/token" }),
  "status 429": answers(429, "", { "retry-after": "7" }),
  "status 500": answers(500, "Internal Server Error"),
  "status 503": answers(503, ""),
  "an empty body": answers(200, ""),
  "a list": answers(200, "[]"),
  /** A body that never ends. */
  "a body without end": (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" })
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    }
    response.on("drain", more)
    more()
  },
} as const satisfies Readonly<Record<string, FaultyAnswer>>

export type Fault = keyof typeof faults

type FaultyAnswer = (request: IncomingMessage, response: ServerResponse, work: () => void) => void

/** The fault of each endpoint, and its number of requests. */
export interface FaultSwitch {
  /** Holds until it is set to undefined. */
  readonly faults: Partial<Record<Endpoint, Fault | undefined>>
  readonly requests: Readonly<Record<Endpoint, number>>
}

const endpointOf = new Map<string, Endpoint>([
  [paths.token, "token"],
  [paths.keySet, "key set"],
  [paths.revoke, "revocation"],
  ["/Login/api/PartnerSystemUser/Authenticate", "system user"],
])

/** Wraps a listener, so that its endpoints can be made to fail. */
export function withFaults(listener: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests = { token: 0, "key set": 0, revocation: 0, "system user": 0 }
  const control: FaultSwitch = { faults: {}, requests }
  return {
    control,
    listener: (request: IncomingMessage, response: ServerResponse): void => {
      const endpoint = endpointOf.get((request.url ?? "").replace(/\?.*/, ""))
      const work = (): void => {
        listener(request, response)
      }
      if (endpoint === undefined) {
        work()
        return
      }
      requests[endpoint] += 1
      const fault = control.faults[endpoint]
      if (fault === undefined) work()
      else faults[fault](request, response, work)
    },
  }
}

function answers(status: number, body: string, headers: Readonly<Record<string, string>> = {}): FaultyAnswer {
  return (request, response) => {
    request.resume().on("end", () => response.writeHead(status, headers).end(body))
  }
}

/** Passes on the body that the listener sends, instead of sending it. */
function withBody(response: ServerResponse, send: (body: Buffer) => void): void {
  response.end = ((body?: string | Uint8Array) => {
    send(Buffer.from(body ?? ""))
    return response
  }) as ServerResponse["end"]
}

function cut(response: ServerResponse): ServerResponse["end"] {
  return (() => {
    response.socket?.destroy()
    return response
  }) as ServerResponse["end"]
}

/** Writes to the socket directly, because Node would refuse a wrong length. */
function writeHead(response: ServerResponse, status: number, contentLength: number): void {
  response.socket?.write(
    `HTTP/1.1 ${status} OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${contentLength}\r\n\r\n`,
  )
}
