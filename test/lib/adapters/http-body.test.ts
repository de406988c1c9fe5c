import type { Socket } from "node:net"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { createSuperOfficeClient } from "../../../lib/adapters/superoffice.ts"
import { deadlineIn } from "../../../lib/deadline.ts"
import { serve } from "../../support/scripted-server.ts"
import { connect, formPost } from "./superoffice-client.ts"

const megabyte = 1024 * 1024
const ok = "HTTP/1.1 200 OK\r\n"
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`

/** The answer to a POST, which needs the body of a 200, to a server that says these bytes and then, perhaps, hangs up. */
async function readFrom(said: Buffer | string, hangsUp = true) {
  const onRequest = (socket: Socket) => (hangsUp ? socket.end(said) : socket.write(said))
  const { url } = await serve({ onRequest })
  const answer = await createSuperOfficeClient(connect())(formPost(url), deadlineIn(5_000))
  const { status, retryAfterSeconds, body, unreadable } = answer
  return { status, retryAfterSeconds, body, unreadable: unreadable && [unreadable.code, unreadable.message] }
}

/** An HTTP answer with a body of any bytes. */
function answer(status: number, body: Buffer | string, ...headers: string[]): Buffer {
  const head = [`HTTP/1.1 ${status} Scripted`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers]
  return Buffer.concat([Buffer.from([...head, "", ""].join("\r\n")), Buffer.from(body)])
}

function coded(coding: string, body: Buffer | string): Buffer {
  return answer(200, body, `Content-Encoding: ${coding}`)
}

function readable(body: string) {
  return { status: 200, retryAfterSeconds: undefined, body, unreadable: undefined }
}

const latin1 = Buffer.from([0x50, 0x72, 0xf8, 0x76])

describe("a body that is needed", () => {
  it.each([
    ["with 1 MiB exactly", "a".repeat(megabyte), answer(200, Buffer.alloc(megabyte, "a"))],
    ["in chunks", "{}", `${chunked}1\r\n{\r\n1\r\n}\r\n0\r\n\r\n`],
    ["behind a byte order mark", "{}", answer(200, "\ufeff{}")],
    ["with letters of all kinds", "ø💎", answer(200, "ø💎")],
    ["in gzip, which nobody asked for", '{"a":"ø"}', coded("gzip", gzipSync('{"a":"ø"}'))],
    ["in gzip by another name", "{}", coded("X-GZIP", gzipSync("{}"))],
    [
      "in gzip with 1 MiB after decoding",
      "a".repeat(megabyte),
      coded("gzip", gzipSync("a".repeat(megabyte))),
    ],
    ["in no coding by its name", "{}", coded("Identity", "{}")],
    ["in no coding by an empty name", "{}", coded("", "{}")],
    ["without a length", "{}", `${ok}\r\n{}`],
  ])("is read when it comes %s (C72)", async (_how, body, said) => {
    expect(await readFrom(said)).toEqual(readable(body))
  })

  it.each([
    ["is not UTF-8", answer(200, latin1)],
    ["is over 1 MiB", answer(200, Buffer.alloc(megabyte + 1, "a"))],
    ["is over 1 MiB", `${chunked}200000\r\n${"a".repeat(0x200000)}\r\n`],
    ["is over 1 MiB", coded("gzip", gzipSync(Buffer.alloc(megabyte + 1, "a")))],
    ["is not gzip, though it says so", coded("gzip", "{}")],
    ["is not gzip, though it says so", coded("gzip", gzipSync("{}").subarray(0, -4))],
    ["is not UTF-8", coded("gzip", gzipSync(latin1))],
    ["has a content coding that was not asked for", coded("br", brotliCompressSync("{}"))],
    ["has a content coding that was not asked for", coded("deflate", deflateSync("{}"))],
    ["is not HTTP", `${chunked}zz\r\n{}`],
  ])("cannot be read when it %s, and the status is still known (C70, C72)", async (why, said) => {
    expect(await readFrom(said)).toEqual({
      ...readable(""),
      unreadable: ["upstream_invalid", `SuperOffice's answer ${why}`],
    })
  })

  it.each([
    ["before its length", `${ok}Content-Length: 100\r\n\r\n{"a":`],
    ["between chunks", `${chunked}2\r\n{}\r\n`],
  ])("is an outage when it breaks off %s", async (_when, said) => {
    expect(await readFrom(said)).toEqual({
      ...readable(""),
      unreadable: ["upstream_unavailable", "SuperOffice cannot be reached: the answer broke off"],
    })
  })
})

describe("a body that nobody needs", () => {
  const later = "Retry-After: 30"

  it.each([
    ["never comes", `HTTP/1.1 503 Scripted\r\n${later}\r\nContent-Length: 100\r\n\r\n`],
    ["is not UTF-8", answer(503, latin1, later)],
    ["is coded", answer(503, brotliCompressSync("{}"), "Content-Encoding: br", later)],
    ["is too long", answer(503, Buffer.alloc(3 * megabyte, "a"), later)],
  ])("changes nothing and is not waited for when it %s (C70)", async (_how, said) => {
    expect(await readFrom(said, false)).toEqual({ ...readable(""), status: 503, retryAfterSeconds: 30 })
  })
})
