import { once } from "node:events"
import { connect } from "node:net"
import { connect as connectTls } from "node:tls"
import { afterAll, beforeAll, expect, it } from "vitest"
import { makeCertificate } from "../../harness/certificate.ts"
import { startExample, type LocalExample } from "../../local/example.ts"
import { startRuntimeApi, type RuntimeApi } from "../../local/lambda/runtime-api.ts"

/** The address of each server, by how to get it from what was started. */
const servers = {
  "the example page": ({ plain }: Started) => plain.page.url,
  "the example page over TLS": ({ overTls }: Started) => overTls.page.url,
  "the HTTP API": ({ plain }: Started) => plain.stack.url,
  "the HTTP API over TLS": ({ overTls }: Started) => overTls.stack.url,
  "the provider": ({ plain }: Started) => plain.provider.url,
  "Secrets Manager": ({ plain }: Started) => plain.stack.secretsManager.url,
  "Lambda's API": ({ plain }: Started) => plain.stack.lambda.url,
  "the Runtime API": ({ runtime }: Started) => `http://${runtime.address}`,
}

interface Started {
  readonly plain: LocalExample
  readonly overTls: LocalExample
  readonly runtime: RuntimeApi
}

let started: Started

/** An exception in a server's listener, or a promise that nobody handles, would end the process of `npm start`. */
const escaped: unknown[] = []
const keep = (error: unknown): void => {
  escaped.push(error)
}

beforeAll(async () => {
  process.on("uncaughtException", keep).on("unhandledRejection", keep)
  started = {
    plain: await startExample({ delivery: "cookie" }),
    overTls: await startExample({ delivery: "cookie", tls: makeCertificate(["127.0.0.1"]) }),
    runtime: await startRuntimeApi(),
  }
})

afterAll(async () => {
  process.off("uncaughtException", keep).off("unhandledRejection", keep)
  await Promise.all(Object.values(started).map((one: { close(): Promise<void> }) => one.close()))
})

/** Targets that are no path, or that a URL parser or a decoder refuses. */
const targets = [
  ...["//", "//[", "//@", "/%", "/%E0%A4%A", "/?%E0%A4%A", "/\\", "*", "x", "?", "http:", "http://["],
  ...["http://evil.example/", "mailto:.evil.example", "/config.json/%ff", "/signed/token?%E0%A4%A"],
  ...["/login/common/oauth/authorize?%", "/login/interaction/%ff", "/api/state/%E0%A4%A"],
  "/2015-03-31/functions/%E0%A4%A/invocations",
  "/2018-06-01/runtime/invocation/%ff/response",
  `/${"a".repeat(9000)}`,
  `/?${"&".repeat(5000)}`,
]

/** Requests that are malformed, or that end too early. Some of them Node itself refuses. */
const malformed: Record<string, string> = {
  "no HTTP": "hello\r\n\r\n",
  "bytes of TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "an unknown method": "BREW / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
  "an unknown version": "GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
  "no Host": "GET / HTTP/1.1\r\n\r\n",
  "no Host, in HTTP/1.0": "GET // HTTP/1.0\r\n\r\n",
  "an empty Host": "GET / HTTP/1.1\r\nHost:\r\n\r\n",
  "a Host that is no host": "GET // HTTP/1.1\r\nHost: //[%\r\n\r\n",
  "two Hosts": "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  "a header without a name": "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n: x\r\n\r\n",
  "headers named like members of every object":
    "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n__proto__: x\r\nconstructor: x\r\nContent-Length: 0\r\n\r\n",
  "headers of 20 KB": `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`,
  "an Origin and cookies that are none":
    "POST /exchange-code HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: //[\r\nCookie: =;%;;\r\nContent-Length: 0\r\n\r\n",
  "an authorization that names members of every object":
    "POST /signed/token HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDLOCALSTACK/x, " +
    `SignedHeaders=host;constructor, Signature=${"0".repeat(64)}\r\nX-Amz-Date: 99999999T999999Z\r\nContent-Length: 0\r\n\r\n`,
  "an upgrade":
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
  "an upgrade to HTTP/2": "GET // HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
  "a tunnel": "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
  "an expectation": "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: x\r\nContent-Length: 1\r\n\r\nx",
  "a negative length": "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
  "a length and chunks":
    "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  "a chunk that is none": "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}

const jsonPaths = [
  "/exchange-code",
  "/signed/token",
  "/login/common/oauth/tokens",
  "/login/api/partnersystemuser/authenticate",
  "/2015-03-31/functions/health/invocations",
  "/2018-06-01/runtime/init/error",
  "/2018-06-01/runtime/invocation/1/response",
]

/** They take what comes from their own page, so `attack` fills in its host and its origin. */
const viewerPaths = ["/docs/prepare", "/docs/send"]

function headersFor(path: string): string {
  return viewerPaths.includes(path) ? "Host: {host}\r\nOrigin: {origin}\r\n" : "Host: 127.0.0.1\r\n"
}

const raw: Readonly<Record<string, string>> = {
  ...malformed,
  ...Object.fromEntries(
    targets.flatMap((target) =>
      ["GET", "POST", "OPTIONS"].map((method) => [
        `${method} ${target.slice(0, 60)}`,
        `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n`,
      ]),
    ),
  ),
  ...Object.fromEntries(
    [...jsonPaths, ...viewerPaths].flatMap((path) => {
      const head = `POST ${path} HTTP/1.1\r\n${headersFor(path)}Content-Type: application/json\r\n`
      return [
        [`${path} with half of a body`, `${head}Content-Length: 100\r\n\r\n{"a":`],
        [`${path} with half of a chunk`, `${head}Transfer-Encoding: chunked\r\n\r\n64\r\n{"a":`],
        [`${path} with a body that is not JSON`, `${head}Content-Length: 4\r\n\r\n{"a"`],
        [`${path} with a body that is not UTF-8`, `${head}Content-Length: 3\r\n\r\n\xff\xfe\x00`],
        [`${path} with a list`, `${head}Content-Length: 4\r\n\r\n[{}]`],
      ]
    }),
  ),
}

/** Sends bytes, waits some time for the start of an answer or for the end, and cuts the connection. */
async function attack(url: string, bytes: string, waitMs = 10_000): Promise<string> {
  const { protocol, host, origin, port } = new URL(url)
  const target = { host: "127.0.0.1", port: Number(port) }
  const isTls = protocol === "https:"
  const socket = isTls ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target)
  socket.on("error", () => undefined)
  await once(socket, isTls ? "secureConnect" : "connect")
  let received = ""
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, waitMs)
    const end = (chunk?: Buffer | boolean) => {
      if (Buffer.isBuffer(chunk)) received = chunk.toString("latin1")
      clearTimeout(timer)
      resolve()
    }
    socket.once("data", end).once("close", end)
  })
  socket.write(bytes.replace("{host}", host).replace("{origin}", origin), "latin1")
  await over
  socket.destroy()
  return received
}

it.each(Object.entries(servers))(
  "%s answers after every hostile request, and lets no error escape",
  async (_name, urlOf) => {
    const url = urlOf(started)
    const all = Object.entries(raw)
    // Some at once, because those that are never answered are waited for.
    for (let from = 0; from < all.length; from += 20) {
      const attacks = all.slice(from, from + 20)
      const answers = await Promise.all(attacks.map(([, bytes]) => attack(url, bytes, 200)))
      const failed = attacks.filter((_attack, index) => answers[index]?.startsWith("HTTP/1.1 500"))
      expect(failed).toEqual([])
    }
    const { host } = new URL(url)
    expect(await attack(url, `GET /nothing HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toMatch(/^HTTP\/1.1 4\d\d /)
    expect(escaped).toEqual([])
  },
  60_000,
)

it("the example page answers 404 for a path that begins with two slashes", async () => {
  const { url } = started.plain.page
  const { host } = new URL(url)
  for (const target of ["//", "//evil.example/", "*", "/%"]) {
    const answer = await attack(url, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 404 /)
  }
  expect(await attack(url, `GET ${url}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /)
})

it("the example page redirects a request for another host only to itself", async () => {
  const { url } = started.plain.page
  const answer = await attack(url, "GET //evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
  expect(answer).toMatch(/^HTTP\/1.1 307 /)
  expect(answer).toContain(`\r\nlocation: ${url}//evil.example/\r\n`)
})
