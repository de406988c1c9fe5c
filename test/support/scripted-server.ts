import { once } from "node:events"
import { createServer, type AddressInfo, type Socket } from "node:net"
import { createServer as createTlsServer } from "node:tls"
import { onTestFinished } from "vitest"
import type { Certificate } from "../../harness/certificate.ts"

/** A server that says what its script says, byte for byte: also what no HTTP server would say. */
export type ScriptedServer = Awaited<ReturnType<typeof startScriptedServer>>

export interface Script {
  /** Answers a request; `index` counts them from zero. */
  readonly onRequest?: (socket: Socket, request: string, index: number) => void
  /** Sees a new connection as it is below TLS, before it says anything. */
  readonly onConnection?: (socket: Socket) => void
  readonly certificate?: Certificate
}

/** Starts a scripted server that is closed when the test ends. */
export async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script)
  onTestFinished(() => server.close())
  return server
}

export async function startScriptedServer(script: Script) {
  const { onRequest = answer(), onConnection, certificate } = script
  const arrivals: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const listen = (socket: Socket): void => {
    connections += 1
    let received = ""
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1")
      if (!isWhole(received)) return
      const request = received
      received = ""
      onRequest(socket, request, arrivals.push(request) - 1)
    })
  }
  const server = certificate ? createTlsServer(certificate, listen) : createServer(listen)
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("error", () => undefined).on("close", () => sockets.delete(socket)))
    onConnection?.(socket)
  })
  server.on("secureConnection", (socket: Socket) => socket.on("error", () => undefined))
  await once(server.listen(0, "127.0.0.1"), "listening")
  return {
    /** `http://127.0.0.1:…`, or `https:` with a certificate. */
    url: `${certificate ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Every whole request as it arrived. */
    arrivals: arrivals as readonly string[],
    /** How many connections were opened; with a certificate, how many handshakes were finished. */
    connections: () => connections,
    close: async (): Promise<void> => {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** A URL on which nothing listens any more. */
export async function closedUrl(scheme: "http" | "https" = "http"): Promise<string> {
  const server = await startScriptedServer({})
  await server.close()
  return server.url.replace("http:", `${scheme}:`)
}

/** Answers every request in the ordinary way. */
export function answer(body = "{}", head: readonly string[] = []): NonNullable<Script["onRequest"]> {
  return (socket) => socket.write(http(200, body, head))
}

/** An ordinary HTTP answer. */
export function http(status: number, body: string, head: readonly string[] = []): string {
  const first = [`HTTP/1.1 ${status} Scripted`, `Content-Length: ${Buffer.byteLength(body)}`]
  return [...first, ...head, "", body].join("\r\n")
}

function isWhole(received: string): boolean {
  const end = received.indexOf("\r\n\r\n")
  if (end < 0) return false
  const length = /^content-length: *(\d+)/im.exec(received.slice(0, end))?.[1] ?? "0"
  return received.length >= end + 4 + Number(length)
}
