import type { Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { createConnections, type Connections } from "../../../lib/adapters/connections.ts"
import { createSuperOfficeClient } from "../../../lib/adapters/superoffice.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { createCertificate } from "../../support/certificate.ts"
import {
  answer,
  closedUrl,
  http,
  startScriptedServer,
  type Script,
  type ScriptedServer,
} from "../../support/scripted-server.ts"

const certificate = createCertificate()
const closeAfterTest: (() => unknown)[] = []

afterEach(async () => {
  await Promise.all(closeAfterTest.splice(0).map((close) => close()))
})

function connect(connections: Connections = createConnections({ ca: certificate.cert })) {
  closeAfterTest.push(() => {
    connections.http.destroy()
    connections.https.destroy()
  })
  return createSuperOfficeClient(connections)
}

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script)
  closeAfterTest.push(() => server.close())
  return server
}

const form = "grant_type=authorization_code&code=a-code"

const needsBody = (status: number) => status === 200 || status === 400

/** Posts once and gives the answer, or the failure in the words that decide what happens next. */
async function post(url: string, ms = 5_000, superOffice = connect()): Promise<unknown> {
  try {
    const { unreadable, ...answer } = await superOffice(
      {
        method: "POST",
        url: `${url}/login/common/oauth/tokens`,
        body: { type: "form", text: form },
        needsBody,
      },
      deadlineIn(ms),
    )
    return unreadable
      ? { code: unreadable.code, mayHaveArrived: unreadable.mayHaveArrived, status: answer.status }
      : answer
  } catch (error) {
    if (!(error instanceof ExchangeError)) throw error
    return { code: error.code, mayHaveArrived: error.mayHaveArrived }
  }
}

const neverSent = { code: "upstream_unavailable", mayHaveArrived: false }
const broken = { code: "upstream_unavailable", mayHaveArrived: true }
const late = { code: "upstream_timeout", mayHaveArrived: true }
const invalid = { code: "upstream_invalid", mayHaveArrived: true }

describe.each([
  ["http", undefined],
  ["https", certificate],
] as const)("over %s", (scheme, cert) => {
  const secure = cert && { certificate: cert }

  it("posts a form, asks for no coding, and gives the answer (C03, C72)", async () => {
    const server = await serve({ ...secure, onRequest: answer('{ "error": "access_denied"}') })
    expect(await post(server.url)).toEqual({
      status: 200,
      retryAfterSeconds: undefined,
      body: '{ "error": "access_denied"}',
    })
    const [request = ""] = server.arrivals
    const [head = "", body] = request.split("\r\n\r\n")
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

  it("gets without a body", async () => {
    const server = await serve({ ...secure, onRequest: answer('{"keys":[]}') })
    const superOffice = connect()
    const read = await superOffice(
      { method: "GET", url: `${server.url}/login/.well-known/jwks`, needsBody },
      deadlineIn(5_000),
    )
    expect(read).toEqual({ status: 200, retryAfterSeconds: undefined, body: '{"keys":[]}' })
    expect(server.arrivals[0]).toMatch(/^GET \/login\/\.well-known\/jwks HTTP\/1\.1\r\n/)
    expect(server.arrivals[0]).not.toMatch(/content-(type|length)/i)
  })

  it("uses one connection for many requests (C66)", async () => {
    const server = await serve({ ...secure, onRequest: answer() })
    const superOffice = connect()
    for (let i = 0; i < 5; i++)
      expect(await post(server.url, 5_000, superOffice)).toMatchObject({ status: 200 })
    expect(server.arrivals).toHaveLength(5)
    expect(server.connections()).toBe(1)
  })

  it("says that nothing was sent when the connection is refused", async () => {
    expect(await post(await closedUrl(scheme))).toEqual(neverSent)
  })

  it("says that something may have been sent when the connection is reset after the request was read (C07)", async () => {
    const server = await serve({ ...secure, onRequest: (socket) => socket.destroy() })
    expect(await post(server.url)).toEqual(broken)
    expect(server.arrivals).toHaveLength(1)
  })

  it("does not send again by itself on a kept connection that breaks (C07)", async () => {
    const onRequest = (socket: Socket, _request: string, index: number) =>
      index === 0 ? socket.write(http(200, "{}")) : socket.destroy()
    const server = await serve({ ...secure, onRequest })
    const superOffice = connect()
    await post(server.url, 5_000, superOffice)
    expect(await post(server.url, 5_000, superOffice)).toEqual(broken)
    expect(server.arrivals).toHaveLength(2)
  })

  it("gives up at the deadline when no answer comes (C59)", async () => {
    const server = await serve({ ...secure, onRequest: () => undefined })
    expect(await post(server.url, 1_300)).toEqual(late)
  })

  it("gives up at the deadline on an answer that drips, and leaves the connection (C59)", async () => {
    let dripping: NodeJS.Timeout | undefined
    const closed: Promise<unknown>[] = []
    const onRequest = (socket: Socket) => {
      closed.push(new Promise((resolve) => socket.on("close", resolve)))
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
      dripping = setInterval(() => socket.write("."), 20)
    }
    const server = await serve({ ...secure, onRequest })
    const start = performance.now()
    expect(await post(server.url, 1_400)).toEqual({ ...late, status: 200 })
    expect(performance.now() - start).toBeLessThan(3_000)
    await Promise.all(closed)
    clearInterval(dripping)
  })

  it.each([301, 302, 303, 307, 308])("does not follow a redirect with %i (C59)", async (status) => {
    const elsewhere = await serve({})
    const onRequest = (socket: Socket) => socket.write(http(status, "", [`Location: ${elsewhere.url}/`]))
    const server = await serve({ ...secure, onRequest })
    expect(await post(server.url)).toEqual({ status, retryAfterSeconds: undefined, body: "" })
    expect(server.arrivals).toHaveLength(1)
    expect(elsewhere.connections()).toBe(0)
  })
})

describe("a connection that is never made", () => {
  it("is given up after two seconds, long before the deadline, and nothing was sent", async () => {
    // Speaks TCP but never TLS.
    const server = await serve({})
    const start = performance.now()
    expect(await post(server.url.replace("http:", "https:"), 10_000)).toEqual(neverSent)
    const tookMs = performance.now() - start
    expect(tookMs).toBeGreaterThan(1_900)
    expect(tookMs).toBeLessThan(4_000)
    expect(server.connections()).toBe(1)
  })

  it("is given up a second before the deadline when that comes first, and nothing was sent (C76)", async () => {
    const server = await serve({})
    const start = performance.now()
    expect(await post(server.url.replace("http:", "https:"), 1_200)).toEqual(neverSent)
    expect(performance.now() - start).toBeLessThan(1_200)
  })

  it("is a reset during the handshake: nothing was sent", async () => {
    const server = await serve({ onConnection: (socket) => socket.resetAndDestroy() })
    expect(await post(server.url.replace("http:", "https:"))).toEqual(neverSent)
  })

  it("is an https URL whose server speaks plain HTTP: nothing was sent", async () => {
    const server = await serve({ onConnection: (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n") })
    expect(await post(server.url.replace("http:", "https:"))).toEqual(neverSent)
  })

  it.each([0, 1, 999])("is not even tried to post with %d ms left (C76)", async (ms) => {
    const server = await serve({})
    expect(await post(server.url, ms)).toEqual(neverSent)
    expect(server.connections()).toBe(0)
  })

  it("is tried to get with less than a second left, because nothing is lost by it", async () => {
    const server = await serve({ onRequest: answer() })
    const request = { method: "GET", url: server.url, needsBody } as const
    expect(await connect()(request, deadlineIn(900))).toMatchObject({ status: 200 })
    await expect(connect()(request, deadlineIn(0))).rejects.toMatchObject(neverSent)
  })
})

describe("the server's certificate", () => {
  it("must be signed by somebody we trust, or nothing is sent (C03)", async () => {
    const server = await serve({ certificate })
    expect(await post(server.url, 5_000, connect(createConnections()))).toEqual(neverSent)
    expect(server.arrivals).toEqual([])
  })

  it("must be for this host, or nothing is sent (C03)", async () => {
    const another = createCertificate("sod.superoffice.com")
    const server = await serve({ certificate: another })
    const superOffice = connect(createConnections({ ca: another.cert }))
    expect(await post(server.url, 5_000, superOffice)).toEqual(neverSent)
    expect(server.arrivals).toEqual([])
  })
})

describe("a reset before the request was read", () => {
  it("may still have been sent, over plain HTTP, once the connection is there", async () => {
    const server = await serve({
      onConnection: (socket) => socket.prependOnceListener("data", () => socket.resetAndDestroy()),
    })
    expect(await post(server.url)).toEqual(broken)
  })
})

describe("an answer that is not one", () => {
  const head = "HTTP/1.1 200 OK\r\n"

  it.each<[string, unknown, string]>([
    ["greets as a mail server does", invalid, "220 mail.example.com ESMTP\r\n"],
    ["is empty", broken, ""],
    ["is half a status line", broken, "HTTP/1.1 20"],
    ["has two lengths", invalid, `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    [
      "is both chunked and of a length",
      invalid,
      `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["has a line break in a header", invalid, `${head}X: a\0b\r\n\r\n`],
    ["has headers without end", invalid, `${head}X: ${"a".repeat(100_000)}`],
    ["switches the protocol", invalid, "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
  ])("is named when it %s", async (_how, failure, said) => {
    const server = await serve({ onRequest: (socket) => void socket.end(said) })
    expect(await post(server.url)).toEqual(failure)
    expect(server.arrivals).toHaveLength(1)
  })

  it("may have 64 KiB of headers, cookies for example", async () => {
    const cookies = Array.from({ length: 21 }, (_, index) => `Set-Cookie: c${index}=${"a".repeat(2_900)}`)
    const server = await serve({ onRequest: answer("{}", cookies) })
    expect(await post(server.url)).toMatchObject({ status: 200, body: "{}" })
  })

  it("may end with the connection when it has no length", async () => {
    const server = await serve({ onRequest: (socket) => socket.end(`${head}\r\n{}`) })
    expect(await post(server.url)).toEqual({ status: 200, retryAfterSeconds: undefined, body: "{}" })
  })

  it("never passes what is beyond its length to the next request", async () => {
    const smuggled = `${http(200, '"first"')}${http(200, '"smuggled"')}`
    const server = await serve({
      onRequest: (socket, _request, index) => socket.write(index === 0 ? smuggled : http(200, '"second"')),
    })
    const superOffice = connect()
    const first = await post(server.url, 5_000, superOffice)
    expect([invalid, { status: 200, retryAfterSeconds: undefined, body: '"first"' }]).toContainEqual(first)
    expect(await post(server.url, 5_000, superOffice)).toMatchObject({ status: 200, body: '"second"' })
  })

  it("keeps what the server wrote out of the error (C62)", async () => {
    const server = await serve({ onRequest: (socket) => socket.end("8A:Cust12020.secret\r\n\r\n") })
    const superOffice = connect()
    const error: unknown = await superOffice(
      { method: "POST", url: server.url, body: { type: "form", text: form }, needsBody },
      deadlineIn(5_000),
    ).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: "upstream_invalid",
      message: "SuperOffice's answer is not HTTP",
      cause: undefined,
    })
  })
})
