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
  ...["/2015-03-31/functions/%E0%A4%A/invocations", "/2018-06-01/runtime/invocation/%ff/response"],
  ...[`/${"a".repeat(9000)}`, `/?${"&".repeat(5000)}`],
]

/** A request whose head has these lines. */
function http(line: string, headers: readonly string[], body = ""): string {
  return [line, ...headers, "", body].join("\r\n")
}
const here = "Host: 127.0.0.1"
const chunked = "Transfer-Encoding: chunked"

/** Requests that are malformed, or that end too early. Some of them Node itself refuses. */
const malformed = [
  "hello\r\n\r\n",
  // The first bytes of TLS.
  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  http("BREW / HTTP/1.1", [here]),
  http("GET / HTTP/9.9", [here]),
  http("GET / HTTP/1.1", []),
  http("GET // HTTP/1.0", []),
  ...["Host:", "Host: //[%", "Host: a\r\nHost: b"].map((host) => http("GET // HTTP/1.1", [host])),
  http("GET / HTTP/1.1", [here, ": x"]),
  // Like members of every object.
  http("POST / HTTP/1.1", [here, "__proto__: x", "constructor: x", "Content-Length: 0"]),
  http("POST /signed/token HTTP/1.1", [
    here,
    `Authorization: AWS4-HMAC-SHA256 Credential=AKIDLOCALSTACK/x, SignedHeaders=host;constructor, Signature=${"0".repeat(64)}`,
    ...["X-Amz-Date: 99999999T999999Z", "Content-Length: 0"],
  ]),
  http("GET / HTTP/1.1", [here, `X-A: ${"a".repeat(20_000)}`]),
  http("POST /exchange-code HTTP/1.1", [here, "Origin: //[", "Cookie: =;%;;", "Content-Length: 0"]),
  http("GET / HTTP/1.1", [here, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x"]),
  http("GET // HTTP/1.1", [here, "Connection: Upgrade", "Upgrade: h2c"]),
  http("CONNECT evil.example:443 HTTP/1.1", ["Host: evil.example:443"]),
  http("POST / HTTP/1.1", [here, "Expect: x", "Content-Length: 1"], "x"),
  http("POST / HTTP/1.1", [here, "Content-Length: -1"]),
  http("POST / HTTP/1.1", [here, "Content-Length: 5", chunked], "zz\r\n"),
  http("POST / HTTP/1.1", [here, chunked], "zz\r\n"),
]

/** Paths that take JSON. What is from the page itself, `attack` fills in. */
const jsonPaths: readonly (readonly [path: string, ...headers: readonly string[]])[] = [
  ["/exchange-code", here],
  ["/signed/token", here],
  ["/login/common/oauth/tokens", here],
  ["/login/api/partnersystemuser/authenticate", here],
  ["/2015-03-31/functions/health/invocations", here],
  ["/2018-06-01/runtime/init/error", here],
  ["/2018-06-01/runtime/invocation/1/response", here],
  ["/docs/prepare", "Host: {host}", "Origin: {origin}"],
  ["/docs/send", "Host: {host}", "Origin: {origin}"],
]

const requests = [
  ...malformed,
  ...["GET", "POST", "OPTIONS"].flatMap((method) =>
    targets.map((target) => http(`${method} ${target} HTTP/1.1`, [here, "Content-Length: 0"])),
  ),
  ...jsonPaths.flatMap(([path, ...headers]) => {
    const post = (header: string, body: string) =>
      http(`POST ${path} HTTP/1.1`, [...headers, "Content-Type: application/json", header], body)
    return [
      // Half of a body, half of a chunk, what is not JSON, what is not UTF-8, and a list.
      post("Content-Length: 100", '{"a":'),
      post(chunked, '64\r\n{"a":'),
      post("Content-Length: 4", '{"a"'),
      post("Content-Length: 3", "\xff\xfe\x00"),
      post("Content-Length: 4", "[{}]"),
    ]
  }),
]

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
    // Some at once, because those that are never answered are waited for.
    for (let from = 0; from < requests.length; from += 20) {
      const attacks = requests.slice(from, from + 20)
      const answers = await Promise.all(attacks.map((bytes) => attack(url, bytes, 200)))
      const failed = attacks.filter((_attack, index) => answers[index]?.startsWith("HTTP/1.1 500"))
      expect(failed).toEqual([])
    }
    const { host } = new URL(url)
    expect(await attack(url, `GET /nothing HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toMatch(/^HTTP\/1.1 4\d\d /)
    expect(escaped).toEqual([])
  },
  60_000,
)

it("the example page answers 404 for a path that begins with two slashes, and redirects a request for another host only to itself", async () => {
  const { url } = started.plain.page
  for (const target of ["//", "//evil.example/", "*", "/%"])
    expect(await attack(url, http(`GET ${target} HTTP/1.1`, ["Host: {host}"]))).toMatch(/^HTTP\/1.1 404 /)
  expect(await attack(url, http(`GET ${url}/ HTTP/1.1`, ["Host: {host}"]))).toMatch(/^HTTP\/1.1 200 /)
  const answer = await attack(url, "GET //evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
  expect(answer).toMatch(/^HTTP\/1.1 307 /)
  expect(answer).toContain(`\r\nlocation: ${url}//evil.example/\r\n`)
})
