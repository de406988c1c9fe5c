import type { IncomingMessage, ServerResponse } from "node:http"
import { gzipSync } from "node:zlib"
import { paths } from "./paths.ts"

/** The endpoints that can be made to fail. */
export type Endpoint = "token" | "key set" | "revocation" | "system user"

const latin1Html = { "content-type": "text/html; charset=windows-1252" }

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
  "status 408": answers(408, "Request Time-out"),
  "status 425": answers(425, ""),
  "status 401 with a message": answers(401, '{"Message":"Authorization has been denied for this request."}', {
    "content-type": "application/json",
  }),
  /** In the words of the system user's endpoint: AuthorizeErrorCode 7 is a wrong signature. */
  "a refusal by number": answers(200, '{"IsSuccessful":false,"Token":null,"ErrorMessage":"7"}', {
    "content-type": "application/json",
  }),
  "status 429": answers(429, "", { "retry-after": "7" }),
  "status 500": answers(500, "Internal Server Error"),
  "status 503": answers(503, ""),
  "status 503 in another encoding": answers(503, latin1("Prøv igjen."), latin1Html),
  "status 429 in another encoding": answers(429, latin1("Prøv igjen."), {
    ...latin1Html,
    "retry-after": "30",
  }),
  "status 503 that names a time": answers(503, "", { "retry-after": "10000" }),
  "status 503 that names a date": (request, response) => {
    const date = new Date(Date.now() + 90_000).toUTCString()
    answers(503, "", { "retry-after": date })(request, response, () => undefined)
  },
  "status 503 that names nonsense": answers(503, "", { "retry-after": "soon" }),
  /** The status and the headers come, the body never does. */
  "status 503 without its body": (_request, response) => {
    response.writeHead(503, { "content-length": 100 }).flushHeaders()
  },
  "an empty body": answers(200, ""),
  "a list": answers(200, "[]"),
  "another encoding": answers(200, latin1('{"error":"Prøv igjen."}')),
  /** A body of 200 MiB in 200 KB. */
  "a coded body without end": answers(200, gzipSync(Buffer.alloc(200 * 1024 * 1024)), {
    "content-encoding": "gzip",
  }),
  /** Processes the request. Codes the body, though the request asks for no coding. */
  gzip: (_request, response, work) => {
    const end = response.end.bind(response)
    withBody(response, (body) => {
      const coded = gzipSync(body)
      response.setHeader("content-encoding", "gzip")
      if (response.hasHeader("content-length")) response.setHeader("content-length", coded.length)
      end(coded)
    })
    work()
  },
  /** Processes the request. Sends 21 KB of cookies with the answer. */
  "many cookies": (_request, response, work) => {
    response.setHeader(
      "set-cookie",
      Array.from({ length: 21 }, (_, index) => `ARRAffinity${index}=${"a".repeat(1000)}`),
    )
    work()
  },
  /** Processes the request. Writes null for members that are absent, as serializers of .NET do. */
  "members of null": (_request, response, work) => {
    const end = response.end.bind(response)
    withBody(response, (body) => {
      const text = body.toString().replace(/^\{/, '{"error":null,"scope":null,"ErrorMessage":null,')
      response.setHeader("content-length", Buffer.byteLength(text))
      end(text)
    })
    work()
  },
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

function answers(
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): FaultyAnswer {
  return (request, response) => {
    request.resume().on("end", () => response.writeHead(status, headers).end(body))
  }
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1")
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
