import { once } from "node:events"
import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { connect as connectTls } from "node:tls"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeCertificate } from "../../../harness/certificate.ts"
import { readRoutes, startHttpApi, type LocalHttpApi } from "../../../local/http-api.ts"

const origin = "https://app.example.com"
const cors = {
  allowedOrigins: [origin],
  allowedHeaders: [],
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
  readonly target?: string
  readonly lines?: Lines
  readonly isTls?: boolean
}

/** Sends a POST whose request line and headers have so many bytes that count, and gives the whole response. */
async function send(
  bytes: number,
  { target = "/echo", lines = [], isTls = false }: Head = {},
): Promise<string> {
  const { host, hostname, port } = new URL((isTls ? apiOverTls : api).url)
  const place = { host: hostname, port: Number(port) }
  const socket = isTls ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place)
  await once(socket, isTls ? "secureConnect" : "connect")
  const all: Lines = [
    ["Host", host],
    ["Connection", "close"],
    ["Content-Length", "1"],
    ...lines,
    ["X-Padding", ""],
  ]
  const size = ["POST", target, ...all.flat()].reduce((sum, one) => sum + Buffer.byteLength(one, "latin1"), 0)
  const head = all.map(([name, value]) => `${name}: ${value}`).join("\r\n") + "p".repeat(bytes - size)
  socket.write(`POST ${target} HTTP/1.1\r\n${head}\r\n\r\nb`, "latin1")
  return await text(socket)
}

const tooLarge = /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/

describe("a request line and headers", () => {
  it.each<[string, Head]>([
    ["with one long value", {}],
    ["with a query, over TLS", { target: `/echo?a=${"a".repeat(5_000)}`, isTls: true }],
    [
      "with more than 2000 lines of one name",
      { lines: Array.from({ length: 4_000 }, () => ["A", ""] as const) },
    ],
    ["with bytes that are not ASCII", { lines: [["X-Text", "\xe6".repeat(2_000)]] }],
  ])("%s may have 10,240 bytes, and are refused with one more", async (_what, head) => {
    const before = invocations
    expect(await send(limit, head)).toMatch(/^HTTP\/1\.1 200 /)
    expect(await send(limit + 1, head)).toMatch(tooLarge)
    expect(invocations).toBe(before + 1)
  })

  it.each([limit + 1, 200_000])("of %d bytes get the gateway's refusal, with CORS headers", async (bytes) => {
    const answer = await send(bytes, { target: "/other", lines: [["Origin", origin]] })
    const [headers = "", body = ""] = answer.split("\r\n\r\n")
    expect(headers).toMatch(tooLarge)
    expect(headers).toContain(`access-control-allow-origin: ${origin}\r\n`)
    expect(headers).toContain("access-control-allow-credentials: true\r\n")
    expect(body).toBe('{"message":"Request Header Fields Too Large"}')
  })
})
