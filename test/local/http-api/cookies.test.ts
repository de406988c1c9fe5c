import { once } from "node:events"
import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readRoutes, startHttpApi, type LocalHttpApi } from "../../../local/http-api.ts"

const echo = {
  invoke: (event: unknown) =>
    Promise.resolve({ payload: { event }, functionError: undefined, requestId: "" }),
}
const routes = readRoutes("functions: { echo: { events: [{ httpApi: GET /echo }] } }")

let api: LocalHttpApi
beforeAll(async () => {
  api = await startHttpApi({ routes, functions: { echo } })
})
afterAll(() => api.close())

/** The cookies that the function receives when these lines, byte for byte, are the request's `Cookie` headers. */
async function cookiesFrom(...lines: readonly (string | Buffer)[]): Promise<unknown> {
  const { hostname, port, host } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  await once(socket, "connect")
  socket.write(`GET /echo HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n`)
  for (const line of lines)
    socket.write(Buffer.concat([Buffer.from("Cookie: "), Buffer.from(line), Buffer.from("\r\n")]))
  socket.write("\r\n")
  const [, body = ""] = (await text(socket)).split("\r\n\r\n")
  const { event } = JSON.parse(body) as { readonly event: { readonly cookies?: unknown } }
  return event.cookies
}

describe("the cookies of an event of the local HTTP API", () => {
  it.each([
    ["an en quad", "\u2000"],
    ["a byte order mark", "\ufeff"],
  ])("keep %s around a name and a value, wherever the cookie stands", async (_what, space) => {
    const cookie = `${space}__Host-a${space}=${space}1${space}`
    expect(await cookiesFrom(`first=1; ${cookie}; last=2`)).toEqual(["first=1", cookie, "last=2"])
    expect(await cookiesFrom(`first=1;${cookie}`)).toEqual(["first=1", cookie])
  })

  it("are read as UTF-8, with a replacement character for each byte that is not", async () => {
    expect(await cookiesFrom("å=æ; b=\u{1f36a}")).toEqual(["å=æ", "b=\u{1f36a}"])
    const bytes = Buffer.from("\xa0__Host-a=\xff; b=\xe2\x80; c=3", "latin1")
    expect(await cookiesFrom(bytes)).toEqual(["\ufffd__Host-a=\ufffd", "b=\ufffd", "c=3"])
  })

  it("are not taken apart: quotes, percent signs and every = stay", async () => {
    const cookies = ['a="1"', "b=x=y==", "c=%20%3B", "name", "=value", "d=", "A=1", "a=1"]
    expect(await cookiesFrom(cookies.join("; "))).toEqual(cookies)
  })

  it("are split at every semicolon, and lose only the ASCII spaces after it", async () => {
    expect(await cookiesFrom('a="1;2";b=2;   c =3;; ;\td=4;')).toEqual(['a="1', '2"', "b=2", "c =3", "\td=4"])
  })

  it("are those of every Cookie line, in their order", async () => {
    expect(await cookiesFrom("a=1; b=2", "\u2000a=3", "a=4")).toEqual(["a=1", "b=2", "\u2000a=3", "a=4"])
  })
})
