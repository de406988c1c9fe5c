import type { Socket } from "node:net"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { afterEach, describe, expect, it } from "vitest"
import { createConnections } from "../../../lib/adapters/connections.ts"
import { createSuperOfficeClient } from "../../../lib/adapters/superoffice.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { startScriptedServer } from "../../support/scripted-server.ts"

const closeAfterTest: (() => unknown)[] = []
const megabyte = 1024 * 1024
const ok = "HTTP/1.1 200 OK\r\n"

afterEach(async () => {
  await Promise.all(closeAfterTest.splice(0).map((close) => close()))
})

/** Posts to a server that says this, and needs the body of a 200 and of a 400. */
async function readFrom(say: (socket: Socket) => unknown, ms = 5_000) {
  const server = await startScriptedServer({ onRequest: (socket) => void say(socket) })
  const connections = createConnections()
  closeAfterTest.push(
    () => server.close(),
    () => {
      connections.http.destroy()
    },
  )
  const { status, retryAfterSeconds, body, unreadable } = await createSuperOfficeClient(connections)(
    {
      method: "POST",
      url: server.url,
      body: { type: "form", text: "a=b" },
      needsBody: (answered) => answered === 200 || answered === 400,
    },
    deadlineIn(ms),
  )
  return { status, retryAfterSeconds, body, unreadable: unreadable && [unreadable.code, unreadable.message] }
}

function bytes(status: number, body: Buffer, ...headers: string[]): Buffer {
  const head = [`HTTP/1.1 ${status} Scripted`, `Content-Length: ${body.length}`, ...headers, "", ""].join(
    "\r\n",
  )
  return Buffer.concat([Buffer.from(head), body])
}

function readable(body: string) {
  return { status: 200, retryAfterSeconds: undefined, body, unreadable: undefined }
}

describe("a body that is needed", () => {
  it.each<[string, string, (socket: Socket) => unknown]>([
    [
      "is of 1 MiB exactly",
      "a".repeat(megabyte),
      (socket) => socket.write(bytes(200, Buffer.alloc(megabyte, "a"))),
    ],
    ["ends with the connection", "{}", (socket) => socket.end(`${ok}\r\n{}`)],
    [
      "comes in chunks",
      "{}",
      (socket) => socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n`),
    ],
    ["begins with a byte order mark", "{}", (socket) => socket.write(bytes(200, Buffer.from("\ufeff{}")))],
    ["has letters of all kinds", "ø💎", (socket) => socket.write(bytes(200, Buffer.from("ø💎")))],
  ])("is read when it %s", async (_how, body, say) => {
    expect(await readFrom(say)).toEqual(readable(body))
  })

  it.each(["gzip", "GZIP", "x-gzip"])(
    "is read in the coding %s, which nobody asked for (C72)",
    async (coding) => {
      const body = gzipSync('{"access_token":"ø"}')
      const answered = await readFrom((socket) =>
        socket.write(bytes(200, body, `Content-Encoding: ${coding}`)),
      )
      expect(answered).toEqual(readable('{"access_token":"ø"}'))
    },
  )

  it.each(["identity", "Identity", ""])("is read as it is in the coding %j (C72)", async (coding) => {
    const answered = await readFrom((socket) =>
      socket.write(bytes(200, Buffer.from("{}"), `Content-Encoding: ${coding}`)),
    )
    expect(answered).toEqual(readable("{}"))
  })

  it("is of at most 1 MiB when it is decoded (C72)", async () => {
    const most = gzipSync(Buffer.alloc(megabyte, "a"))
    const more = gzipSync(Buffer.alloc(megabyte + 1, "a"))
    const coded = (body: Buffer) => (socket: Socket) =>
      socket.write(bytes(200, body, "Content-Encoding: gzip"))
    expect(await readFrom(coded(most))).toEqual(readable("a".repeat(megabyte)))
    expect(await readFrom(coded(more))).toMatchObject({
      unreadable: ["upstream_invalid", "SuperOffice's answer is over 1 MiB"],
    })
    expect(await readFrom(coded(gzipSync(Buffer.alloc(200 * megabyte))))).toMatchObject({
      unreadable: ["upstream_invalid", "SuperOffice's answer is over 1 MiB"],
    })
  })

  const latin1 = Buffer.from([0x50, 0x72, 0xf8, 0x76])
  const unknownCoding = "has a content coding that was not asked for"

  it.each<[string, (socket: Socket) => unknown]>([
    ["is not UTF-8", (socket) => socket.write(bytes(200, latin1))],
    ["is over 1 MiB", (socket) => socket.write(bytes(200, Buffer.alloc(megabyte + 1, "a")))],
    [
      "is over 1 MiB",
      (socket) =>
        socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n200000\r\n${"a".repeat(0x200000)}\r\n`),
    ],
    [
      "is not gzip, though it says so",
      (socket) => socket.write(bytes(200, Buffer.from("{}"), "Content-Encoding: gzip")),
    ],
    [
      "is not gzip, though it says so",
      (socket) => socket.write(bytes(200, gzipSync("{}").subarray(0, -4), "Content-Encoding: gzip")),
    ],
    ["is not UTF-8", (socket) => socket.write(bytes(200, gzipSync(latin1), "Content-Encoding: gzip"))],
    [unknownCoding, (socket) => socket.write(bytes(200, brotliCompressSync("{}"), "Content-Encoding: br"))],
    [unknownCoding, (socket) => socket.write(bytes(200, deflateSync("{}"), "Content-Encoding: deflate"))],
    ["is not HTTP", (socket) => socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}`)],
  ])("cannot be read when it %s, and the status is still known (C70)", async (why, say) => {
    expect(await readFrom(say)).toEqual({
      status: 200,
      retryAfterSeconds: undefined,
      body: "",
      unreadable: ["upstream_invalid", `SuperOffice's answer ${why}`],
    })
  })

  it.each<[string, (socket: Socket) => unknown]>([
    ["before its length", (socket) => socket.end(`${ok}Content-Length: 100\r\n\r\n{"a":`)],
    ["between chunks", (socket) => socket.end(`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`)],
  ])("breaks off %s, which is an outage", async (_when, say) => {
    expect(await readFrom(say)).toMatchObject({
      status: 200,
      body: "",
      unreadable: ["upstream_unavailable", expect.any(String)],
    })
  })

  it("comes too late, which is a time-out", async () => {
    const answered = await readFrom((socket) => socket.write(`${ok}Content-Length: 100\r\n\r\n{`), 1_200)
    expect(answered).toMatchObject({ status: 200, unreadable: ["upstream_timeout", expect.any(String)] })
  })
})

describe("a body that nobody needs", () => {
  const head = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\n"

  it.each<[string, (socket: Socket) => unknown]>([
    ["never comes", (socket) => socket.write(`${head}Content-Length: 100\r\n\r\n`)],
    ["breaks off", (socket) => socket.end(`${head}Content-Length: 100\r\n\r\n{`)],
    ["is not UTF-8", (socket) => socket.write(bytes(503, Buffer.from([0xf8]), "Retry-After: 30"))],
    [
      "is coded",
      (socket) =>
        socket.write(bytes(503, brotliCompressSync("{}"), "Content-Encoding: br", "Retry-After: 30")),
    ],
    ["is too long", (socket) => socket.write(bytes(503, Buffer.alloc(3 * megabyte, "a"), "Retry-After: 30"))],
  ])("changes nothing and is not waited for when it %s (C70)", async (_how, say) => {
    const start = performance.now()
    expect(await readFrom(say)).toEqual({
      status: 503,
      retryAfterSeconds: 30,
      body: "",
      unreadable: undefined,
    })
    expect(performance.now() - start).toBeLessThan(3_000)
  })
})
