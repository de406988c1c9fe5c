import { EventEmitter, once } from "node:events"
import type { Socket } from "node:net"
import { setImmediate as eventLoopTurn } from "node:timers/promises"
import { afterEach, describe, expect, it, vi } from "vitest"
import { createSuperOfficeClient } from "../../../lib/adapters/superoffice.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import type { HttpRequest } from "../../../lib/ports.ts"
import { makeCertificate } from "../../../harness/certificate.ts"
import { answer, closedUrl, http, serve, type ScriptedServer } from "../../support/scripted-server.ts"
import { connect, formPost } from "./superoffice-client.ts"

const certificate = makeCertificate(["127.0.0.1"])
const form = "grant_type=authorization_code&code=a-code"

const success = { status: 200, retryAfterSeconds: undefined, body: "{}" }
const neverSent = { code: "upstream_unavailable", mayHaveArrived: false }
const broken = { code: "upstream_unavailable", mayHaveArrived: true }
const late = { code: "upstream_timeout", mayHaveArrived: true }
const invalid = { code: "upstream_invalid", mayHaveArrived: true }

afterEach(() => {
  vi.useRealTimers()
})

/** Sends a request. Gives the answer, or the failure in the words that decide what happens next. */
async function send(
  request: HttpRequest,
  ms = 5_000,
  connections = connect({ ca: certificate.cert }),
): Promise<unknown> {
  try {
    const { unreadable, ...answer } = await createSuperOfficeClient(connections)(request, deadlineIn(ms))
    return unreadable ? { ...failureOf(unreadable), status: answer.status } : answer
  } catch (error) {
    return failureOf(error)
  }
}

function failureOf(error: unknown): object {
  if (!(error instanceof ExchangeError)) throw error
  return { code: error.code, mayHaveArrived: error.mayHaveArrived }
}

function post(server: { readonly url: string }): HttpRequest {
  return formPost(`${server.url}/login/common/oauth/tokens`, form)
}

/** A server over plain HTTP, by an address that says https. */
function asHttps({ url }: ScriptedServer): { readonly url: string } {
  return { url: url.replace("http:", "https:") }
}

/** From here on, only the test moves the clock by which requests are given up. Sockets go on. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] })
}

/** How a request ends when so many milliseconds have passed. Fails if it ends a millisecond sooner. */
async function endAfter(ms: number, sent: Promise<unknown>): Promise<unknown> {
  vi.advanceTimersByTime(ms - 1)
  const soFar = await Promise.race([sent, eventLoopTurn("waiting")])
  expect(soFar).toBe("waiting")
  vi.advanceTimersByTime(1)
  return await sent
}

describe.each([
  ["http", undefined],
  ["https", certificate],
] as const)("the SuperOffice client over %s", (scheme, cert) => {
  const secure = cert && { certificate: cert }

  it("posts a form, asks for no coding, and gives the answer (C03, C72)", async () => {
    const server = await serve({ ...secure, onRequest: answer() })
    expect(await send(post(server))).toEqual(success)
    const [head = "", body] = server.arrivals[0]?.split("\r\n\r\n") ?? []
    expect(head.split("\r\n").sort()).toEqual([
      "Connection: keep-alive",
      `Host: ${new URL(server.url).host}`,
      "POST /login/common/oauth/tokens HTTP/1.1",
      "accept-encoding: identity",
      "accept: application/json",
      `content-length: ${form.length}`,
      "content-type: application/x-www-form-urlencoded",
    ])
    expect(body).toBe(form)
  })

  it("says that nothing was sent when the connection is refused", async () => {
    expect(await send(post({ url: await closedUrl(scheme) }))).toEqual(neverSent)
  })

  it("does not send again by itself on a kept connection that breaks (C07, C66)", async () => {
    const onRequest = (socket: Socket, _request: string, index: number) =>
      index === 0 ? socket.write(http(200, "{}")) : socket.destroy()
    const server = await serve({ ...secure, onRequest })
    const connections = connect({ ca: certificate.cert })
    expect(await send(post(server), 5_000, connections)).toEqual(success)
    expect(await send(post(server), 5_000, connections)).toEqual(broken)
    expect([server.arrivals.length, server.connections()]).toEqual([2, 1])
  })

  it("gives up at the deadline when no answer comes (C59)", async () => {
    const events = new EventEmitter()
    const server = await serve({ ...secure, onRequest: () => events.emit("arrived") })
    stopClock()
    const sent = send(post(server), 10_000)
    await once(events, "arrived")
    expect(await endAfter(10_000, sent)).toEqual(late)
  })

  it("gives up at the deadline on an answer that drips, and leaves the connection (C59)", async () => {
    const events = new EventEmitter()
    const onRequest = (socket: Socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
      const dripping = setInterval(() => socket.write("."), 1)
      socket.on("close", () => {
        clearInterval(dripping)
        events.emit("left")
      })
    }
    const server = await serve({ ...secure, onRequest })
    stopClock()
    // It is asked when the head of the answer is there.
    const needsBody = () => events.emit("answered")
    const sent = send({ ...post(server), needsBody }, 10_000)
    await once(events, "answered")
    expect(await endAfter(10_000, sent)).toEqual({ ...late, status: 200 })
    await once(events, "left")
  })
})

describe("the SuperOffice client", () => {
  it.each([301, 302, 303, 307, 308])("does not follow a redirect with %i (C59)", async (status) => {
    const elsewhere = await serve({})
    const onRequest = (socket: Socket) => socket.write(http(status, "", [`Location: ${elsewhere.url}/`]))
    const server = await serve({ onRequest })
    expect(await send(post(server))).toEqual({ status, retryAfterSeconds: undefined, body: "" })
    expect([server.arrivals.length, elsewhere.connections()]).toEqual([1, 0])
  })

  it.each([
    ["two seconds after it began", 10_000, 2_000],
    ["a second before the deadline, when that comes first", 2_500, 1_500],
  ])("gives up a connection that is not made %s: nothing was sent (C76)", async (_when, ms, endsAfter) => {
    // It speaks TCP, but never TLS.
    const events = new EventEmitter()
    const server = await serve({ onConnection: () => events.emit("connected") })
    stopClock()
    const sent = send(post(asHttps(server)), ms)
    await once(events, "connected")
    expect(await endAfter(endsAfter, sent)).toEqual(neverSent)
    expect(server.connections()).toBe(1)
  })

  it.each([0, 999])("does not connect for a POST with %d ms left: nothing was sent (C76)", async (ms) => {
    const server = await serve({})
    expect(await send(post(server), ms)).toEqual(neverSent)
    expect(server.connections()).toBe(0)
  })

  it("gets without a body with less than a second left, but not with nothing left", async () => {
    const server = await serve({ onRequest: answer() })
    const request = {
      method: "GET",
      url: `${server.url}/login/.well-known/jwks`,
      needsBody: () => true,
    } as const
    stopClock()
    expect(await send(request, 900)).toEqual(success)
    expect(server.arrivals[0]).toMatch(/^GET \/login\/\.well-known\/jwks HTTP\/1\.1\r\n/)
    expect(server.arrivals[0]).not.toMatch(/^(content-|authorization)/im)
    expect(await send(request, 0)).toEqual(neverSent)
  })

  it.each<[string, (socket: Socket) => unknown]>([
    ["is reset during the handshake", (socket) => socket.resetAndDestroy()],
    ["speaks plain HTTP on an https URL", (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ])("says that nothing was sent when the connection %s", async (_how, onConnection) => {
    const server = await serve({ onConnection: (socket) => void onConnection(socket) })
    expect(await send(post(asHttps(server)))).toEqual(neverSent)
  })

  it("says that something may have been sent when the connection is reset before the request is read", async () => {
    const onConnection = (socket: Socket) =>
      socket.prependOnceListener("data", () => socket.resetAndDestroy())
    expect(await send(post(await serve({ onConnection })))).toEqual(broken)
  })
})

describe("the server's certificate", () => {
  it("must be signed by somebody we trust, or nothing is sent (C03)", async () => {
    const server = await serve({ certificate })
    expect(await send(post(server), 5_000, connect())).toEqual(neverSent)
    expect(server.arrivals).toEqual([])
  })

  it("must be for this host, or nothing is sent (C03)", async () => {
    const another = makeCertificate(["sod.superoffice.com"])
    const server = await serve({ certificate: another })
    expect(await send(post(server), 5_000, connect({ ca: another.cert }))).toEqual(neverSent)
    expect(server.arrivals).toEqual([])
  })
})

describe("SuperOffice's answer", () => {
  const head = "HTTP/1.1 200 OK\r\n"

  it.each<[string, unknown, string]>([
    ["greets as a mail server does", invalid, "220 mail.example.com ESMTP\r\n"],
    ["is empty", broken, ""],
    ["is half a status line", broken, "HTTP/1.1 20"],
    ["has two lengths", invalid, `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ["has headers without end", invalid, `${head}X: ${"a".repeat(100_000)}`],
    ["switches the protocol", invalid, "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
  ])("is a failure after one post when it %s (C07)", async (_how, failure, said) => {
    const server = await serve({ onRequest: (socket) => void socket.end(said) })
    expect(await send(post(server))).toEqual(failure)
    expect(server.arrivals).toHaveLength(1)
  })

  it("may have 64 KiB of headers, cookies for example", async () => {
    const cookies = Array.from({ length: 21 }, (_, index) => `Set-Cookie: c${index}=${"a".repeat(2_900)}`)
    expect(await send(post(await serve({ onRequest: answer("{}", cookies) })))).toEqual(success)
  })

  it("is not quoted in the error for it (C62)", async () => {
    const server = await serve({ onRequest: (socket) => socket.end("8A:Cust12020.secret\r\n\r\n") })
    const sent = createSuperOfficeClient(connect())(post(server), deadlineIn(5_000))
    await expect(sent).rejects.toMatchObject({
      code: "upstream_invalid",
      message: "SuperOffice's answer is not HTTP",
      cause: undefined,
    })
  })
})
