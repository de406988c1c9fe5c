import { Readable } from "node:stream"
import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { createClient, overLambda } from "../../../client/cloud.ts"
import { maxAnswerBytes } from "../../../client/cloud/bounded.ts"
import { clients, failure, sends, startServer } from "./transports.ts"

/** More than the bound and the buffers of both sockets. */
const mostSent = 32 * 1024 * 1024

describe.each(Object.entries(clients))("a client over %s", (_way, connect) => {
  it.each([
    [200, "answer_unreadable"],
    [403, "not_permitted"],
  ])(
    "stops reading an answer with status %i that does not end, and closes the connection (C77)",
    async (status, code) => {
      let sent = 0
      const closed: Promise<unknown>[] = []
      const server = await startServer((socket) => {
        closed.push(new Promise((resolve) => socket.once("close", resolve)))
        socket.write(`HTTP/1.1 ${status} Scripted\r\nContent-Type: application/json\r\n\r\n`)
        const forever = function* () {
          for (const chunk = " ".repeat(64 * 1024); ; sent += chunk.length) yield chunk
        }
        Readable.from(forever()).pipe(socket)
      })
      const result = await connect(server.url).refreshToken({ refresh_token: "r" })
      expect(result).toEqual(failure(code))
      await Promise.all(closed)
      expect(closed).toHaveLength(1)
      expect(sent).toBeGreaterThan(maxAnswerBytes)
      expect(sent).toBeLessThan(mostSent)
    },
  )

  it("reads an answer of exactly 1 MiB, and no longer one (C77)", async () => {
    const longest = await startServer(sends(200, healthOf(maxAnswerBytes)))
    expect(await connect(longest.url).health()).toMatchObject({ ok: true })
    const longer = await startServer(sends(200, healthOf(maxAnswerBytes + 1)))
    expect(await connect(longer.url).health()).toEqual(failure("answer_unreadable"))
  })
})

it("a client over signed HTTPS counts the bytes of a compressed answer after they were decompressed (C77)", async () => {
  const body = gzipSync(healthOf(4 * maxAnswerBytes))
  const server = await startServer((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`)
    socket.write(body)
  })
  expect(await clients["signed HTTPS"](server.url).health()).toEqual(failure("answer_unreadable"))
})

it("a client does not parse a payload over 1 MiB of a Lambda client that is written by hand (C77)", async () => {
  const send = () => Promise.resolve({ Payload: new TextEncoder().encode(healthOf(maxAnswerBytes + 1)) })
  const client = createClient(overLambda({ client: { send }, functions: (name) => name }))
  expect(await client.health()).toEqual(failure("answer_unreadable"))
})

/** A success of `health` that has so many bytes. */
function healthOf(bytes: number): string {
  const text = (pad: string) => JSON.stringify({ status: "ok", pad })
  return text("x".repeat(bytes - text("").length))
}
