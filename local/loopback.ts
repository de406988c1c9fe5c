import { once } from "node:events"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo } from "node:net"

/** Key and certificate in PEM. */
export interface Tls {
  readonly key: string
  readonly cert: string
}

/** Far above Node's 16 KiB, so that a server with a smaller limit can answer a request over it with its own error. */
const maxHeaderSize = 1024 * 1024

type Listener = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/**
 * A server for HTTP, or with a certificate for HTTPS. When the listener throws or rejects, the request is answered with
 * 500, or its connection is closed if an answer has begun. Node would end the whole process instead.
 */
export function createWebServer(listener: Listener, tls?: Tls): Server {
  const run = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await listener(request, response)
    } catch {
      if (response.headersSent) response.destroy()
      else response.writeHead(500).end()
    }
  }
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void run(request, response)
  }
  const server = tls
    ? createTlsServer({ ...tls, maxHeaderSize }, onRequest)
    : createServer({ maxHeaderSize }, onRequest)
  // Node would drop the header lines after the first 2000, which then nobody could count.
  server.maxHeadersCount = 0
  return server
}

/**
 * Whether a `Host` header names this machine. It does not when a page has pointed a DNS name of its own to 127.0.0.1
 * (DNS rebinding).
 */
export function isLoopbackHost(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|\[::1\]|localhost)(:\d{1,5})?$/i.test(host ?? "")
}

/** Why a port cannot be had. */
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "is already in use",
  EACCES: "needs more rights than this process has",
}

/** Starts listening on 127.0.0.1 and returns the base URL. Port 0, the default, is any free port. */
export async function listenOnLoopback(server: Server, port = 0, protocol = "http:"): Promise<string> {
  server.listen(port, "127.0.0.1")
  try {
    await once(server, "listening")
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException
    const reason = reasons[code]
    if (reason === undefined) throw cause
    throw Object.assign(new Error(`port ${port} of 127.0.0.1 ${reason}`, { cause }), { code })
  }
  return `${protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A port that was free a moment ago, for a server whose address must be known before it starts. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const { port } = new URL(await listenOnLoopback(server))
  await closeServer(server)
  return Number(port)
}

/** The base URL of a server on loopback, for clients that know it by another name. */
export function withHostName(url: string, hostName = "127.0.0.1"): string {
  return url.replace("127.0.0.1", hostName)
}

/** Stops listening and closes open connections, so that nothing keeps the process running. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, "close")
  server.close()
  server.closeAllConnections()
  await closed
}
