import { once } from "node:events"
import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { connect as connectTls } from "node:tls"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeCertificate } from "../../../harness/certificate.ts"
import { readRoutes, startHttpApi, type LocalHttpApi } from "../../../local/http-api.ts"

const origin = "https://app.example.com"
let invocations = 0
const options = {
  routes: readRoutes("functions: { echo: { events: [{ httpApi: POST /echo }] } }"),
  functions: {
    echo: {
      invoke(event: unknown) {
        invocations += 1
        return Promise.resolve({ payload: { event }, functionError: undefined, requestId: "" })
      },
    },
  },
  cors: {
    allowedOrigins: [origin],
    allowedHeaders: [],
    allowedMethods: ["POST"],
    allowCredentials: true,
    maxAge: 600,
  },
}

let api: LocalHttpApi
let apiOverTls: LocalHttpApi
beforeAll(async () => {
  api = await startHttpApi(options)
  apiOverTls = await startHttpApi({ ...options, tls: makeCertificate(["127.0.0.1"]) })
})
afterAll(() => Promise.all([api.close(), apiOverTls.close()]))

type Lines = readonly (readonly [name: string, value: string])[]

interface Head {
  readonly target?: string
  /** Headers beside those that every request has. */
  readonly lines?: Lines
  readonly isTls?: boolean
  /** Pads the request line and headers to so many bytes that count. */
  readonly bytes?: number
}

/** Sends a POST whose characters are bytes, and gives the whole response. */
async function send({ target = "/echo", lines = [], isTls = false, bytes = 0 }: Head): Promise<string> {
  const { host, hostname, port } = new URL((isTls ? apiOverTls : api).url)
  const place = { host: hostname, port: Number(port) }
  const socket = isTls ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place)
  await once(socket, isTls ? "secureConnect" : "connect")
  const usual: Lines = [
    ["Host", host],
    ["Connection", "close"],
    ["Content-Length", "1"],
  ]
  const all = [...usual, ...lines, ["X-Padding", ""] as const]
  const size = ["POST", target, ...all.flat()].reduce((sum, one) => sum + Buffer.byteLength(one, "latin1"), 0)
  const head = all.map(([name, value]) => `${name}: ${value}`).join("\r\n")
  const padding = "p".repeat(Math.max(0, bytes - size))
  socket.write(`POST ${target} HTTP/1.1\r\n${head}${padding}\r\n\r\nb`, "latin1")
  return await text(socket)
}

describe("a request line and headers at the local HTTP API", () => {
  const limit = 10_240
  const tooLarge = /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/

  it.each<[string, Head]>([
    ["with one long value", {}],
    ["with a query, over TLS", { target: `/echo?a=${"a".repeat(5_000)}`, isTls: true }],
    [
      "with more than 2000 lines of one name",
      { lines: Array<readonly [string, string]>(4_000).fill(["A", ""]) },
    ],
    ["with bytes that are not ASCII", { lines: [["X-Text", "\xe6".repeat(2_000)]] }],
  ])("%s may have 10,240 bytes, and are refused with one more", async (_what, head) => {
    const before = invocations
    expect(await send({ ...head, bytes: limit })).toMatch(/^HTTP\/1\.1 200 /)
    expect(await send({ ...head, bytes: limit + 1 })).toMatch(tooLarge)
    expect(invocations).toBe(before + 1)
  })

  it.each([limit + 1, 200_000])("of %d bytes get the gateway's refusal, with CORS headers", async (bytes) => {
    const answer = await send({ bytes, target: "/other", lines: [["Origin", origin]] })
    const [headers = "", body = ""] = answer.split("\r\n\r\n")
    expect(headers).toMatch(tooLarge)
    expect(headers).toContain(`access-control-allow-origin: ${origin}\r\n`)
    expect(headers).toContain("access-control-allow-credentials: true\r\n")
    expect(body).toBe('{"message":"Request Header Fields Too Large"}')
  })
})

describe("the cookies of an event of the local HTTP API", () => {
  const utf8 = (characters: string) => Buffer.from(characters).toString("latin1")
  const enQuad = "\u2000__Host-a\u2000=\u20001\u2000"
  const byteOrderMark = "\ufeff__Host-a\ufeff=\ufeff1\ufeff"
  const untouched = ['a="1"', "b=x=y==", "c=%20%3B", "name", "=value", "d=", "A=1", "a=1"]

  it.each<[string, readonly string[], readonly string[]]>([
    ["keep an en quad around a name and a value", [utf8(`a=1; ${enQuad}; b=2`)], ["a=1", enQuad, "b=2"]],
    ["keep a byte order mark, at the end too", [utf8(`a=1;${byteOrderMark}`)], ["a=1", byteOrderMark]],
    ["are read as UTF-8", [utf8("å=æ; b=\u{1f36a}")], ["å=æ", "b=\u{1f36a}"]],
    [
      "have a replacement character for each byte that is not UTF-8",
      ["\xa0__Host-a=\xff; b=\xe2\x80; c=3"],
      ["\ufffd__Host-a=\ufffd", "b=\ufffd", "c=3"],
    ],
    ["are not taken apart: quotes, percent signs and every = stay", [untouched.join("; ")], untouched],
    [
      "are split at every semicolon, and lose only the ASCII spaces after it",
      ['a="1;2";b=2;   c =3;; ;\td=4;'],
      ['a="1', '2"', "b=2", "c =3", "\td=4"],
    ],
    [
      "are those of every Cookie line, in their order",
      ["a=1; b=2", utf8("\u2000a=3"), "a=4"],
      ["a=1", "b=2", "\u2000a=3", "a=4"],
    ],
  ])("%s", async (_what, sent, received) => {
    const response = await send({ lines: sent.map((line) => ["Cookie", line] as const) })
    const { event } = JSON.parse(response.split("\r\n\r\n")[1] ?? "") as { event: { cookies: unknown } }
    expect(event.cookies).toEqual(received)
  })
})
