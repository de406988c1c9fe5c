import { once } from "node:events"
import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { connect as connectTls } from "node:tls"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeCertificate } from "../../../local/certificate.ts"
import { readRoutes, startHttpApi, type LocalHttpApi } from "../../../local/http-api.ts"

const origin = "https://app.example.com"
const cors = {
  allowedOrigins: [origin],
  allowedHeaders: ["Content-Type", "X-CSRF"],
  allowedMethods: ["POST"],
  allowCredentials: true,
  maxAge: 600,
}
const routes = readRoutes("functions: { echo: { events: [{ httpApi: POST /echo }] } }")
let invocations = 0
const echo = {
  invoke: () => {
    invocations += 1
    return Promise.resolve({ payload: { statusCode: 200 }, functionError: undefined, requestId: "" })
  },
}

let api: LocalHttpApi
let apiOverTls: LocalHttpApi
beforeAll(async () => {
  api = await startHttpApi({ routes, functions: { echo }, cors })
  apiOverTls = await startHttpApi({ routes, functions: { echo }, cors, tls: makeCertificate(["127.0.0.1"]) })
})
afterAll(() => Promise.all([api.close(), apiOverTls.close()]))

const limit = 10_240

type Lines = readonly (readonly [name: string, value: string])[]

interface Head {
  readonly method?: string
  readonly target?: string
  /** In addition to `Host`, `Connection` and `Content-Length`. */
  readonly lines?: Lines
  readonly body?: string
}

/** The header lines of a request. */
function linesOf({ lines = [], body = "" }: Head): Lines {
  const { host } = new URL(api.url)
  return [["Host", host], ["Connection", "close"], ["Content-Length", String(body.length)], ...lines]
}

/** What is counted of a head: method, target, names and values. */
function sizeOf(head: Head): number {
  const { method = "POST", target = "/echo" } = head
  const texts = [method, target, ...linesOf(head).flat()]
  return texts.reduce((bytes, one) => bytes + Buffer.byteLength(one, "latin1"), 0)
}

/** A head of exactly `size` bytes, filled up by one more header line. */
function padded(head: Head, size: number): Head {
  const withName: Head = { ...head, lines: [...(head.lines ?? []), ["X-Padding", ""]] }
  const padding = "p".repeat(size - sizeOf(withName))
  return { ...head, lines: [...(head.lines ?? []), ["X-Padding", padding]] }
}

/** Sends the bytes of a request and gives the whole response. */
async function send(head: Head, { url } = api): Promise<string> {
  const { method = "POST", target = "/echo", body = "" } = head
  const { hostname, port, protocol } = new URL(url)
  const place = { host: hostname, port: Number(port) }
  const isTls = protocol === "https:"
  const socket = isTls ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place)
  await once(socket, isTls ? "secureConnect" : "connect")
  const lines = linesOf(head).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n${body}`, "latin1")
  return await text(socket)
}

const tooLarge = /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/

describe("a request line and headers", () => {
  it.each<[string, Head]>([
    ["with one long value", {}],
    ["with a query", { target: `/echo?a=${"a".repeat(5_000)}` }],
    ["with a long name", { lines: [["X-" + "n".repeat(3_000), "1"]] }],
    ["with a name many times", { lines: Array.from({ length: 500 }, () => ["Cookie", "a=1"] as const) }],
    ["with more than 2000 lines", { lines: Array.from({ length: 4_000 }, () => ["A", ""] as const) }],
    ["with bytes that are not ASCII", { lines: [["X-Text", "\xe6".repeat(2_000)]] }],
    ["with a body", { body: "b".repeat(20_000) }],
  ])("%s may have 10,240 bytes, and are refused with one more", async (_what, head) => {
    const before = invocations
    expect(await send(padded(head, limit))).toMatch(/^HTTP\/1\.1 200 /)
    expect(invocations).toBe(before + 1)
    expect(await send(padded(head, limit + 1))).toMatch(tooLarge)
    expect(invocations).toBe(before + 1)
  })

  it("have the same limit over TLS", async () => {
    expect(await send(padded({}, limit), apiOverTls)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await send(padded({}, limit + 1), apiOverTls)).toMatch(tooLarge)
  })

  it("do not count white space around a value", async () => {
    const spaces = " ".repeat(2_000)
    const { lines = [] } = padded({}, limit)
    const spaced = lines.map(([name, value]) => [name, `${spaces}${value}${spaces}`] as const)
    expect(await send({ lines: spaced })).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe("the answer to a request line and headers that are too large", () => {
  it.each([limit + 1, 20_000, 200_000])("of %d bytes is the gateway's, with CORS headers", async (size) => {
    const answer = await send(padded({ lines: [["Origin", origin]] }, size))
    const [headers = "", body = ""] = answer.split("\r\n\r\n")
    expect(headers).toMatch(tooLarge)
    expect(headers).toContain("content-type: application/json\r\n")
    expect(headers).toContain(`access-control-allow-origin: ${origin}\r\n`)
    expect(headers).toContain("access-control-allow-credentials: true\r\n")
    expect(headers).toMatch(/\r\napigw-requestid: [\w-]+\r\n/)
    expect(body).toBe('{"message":"Request Header Fields Too Large"}')
  })

  it("has no CORS headers for another origin", async () => {
    const answer = await send(padded({ lines: [["Origin", "https://evil.example.com"]] }, limit + 1))
    expect(answer).toMatch(tooLarge)
    expect(answer).not.toContain("access-control-")
  })

  it.each(["OPTIONS", "GET"])("is the same for %s, and for a path without a route", async (method) => {
    expect(await send(padded({ method, target: "/other" }, limit + 1))).toMatch(tooLarge)
  })
})
