import { once } from "node:events"
import { createServer, request, type IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { closeServer, freePort, listenOnLoopback } from "../../../local/loopback.ts"
import { listenForAnswer, type CallbackServer } from "../../../operator/consent/callback.ts"

const state = "s".repeat(43)
const right = `/callback?state=${state}&code=canary`

let redirectUri: string
let server: CallbackServer

beforeEach(async () => {
  redirectUri = `http://127.0.0.1:${await freePort()}/callback`
  server = await listenForAnswer(redirectUri, state)
})

afterEach(async () => {
  await server.close()
})

const never = new AbortController().signal

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends a request exactly as it is given, and follows nothing. */
async function send(target: string, { method = "GET", headers = {} }: Sent = {}) {
  const { host, hostname, port } = new URL(redirectUri)
  const options = { host: hostname, port, path: target, method, headers: { host, ...headers }, agent: false }
  const [response] = (await once(request(options).end(), "response")) as [IncomingMessage]
  return { status: response.statusCode, allow: response.headers.allow, html: await text(response) }
}

/** What has come, without waiting for more. */
async function answered(): Promise<unknown> {
  return await server.answer(0, never)
}

describe("the answer to a sign-in", () => {
  it("is the first with the right state, and every later one gets 400 and changes nothing", async () => {
    const answer = server.answer(60_000, never)
    expect(await send(right)).toMatchObject({ status: 303 })
    expect(await send(right.replace("canary", "second"))).toMatchObject({ status: 400 })
    expect(await send(`/callback?state=${state}&error=access_denied`)).toMatchObject({ status: 400 })
    expect(await answer).toEqual({ kind: "code", code: "canary", iss: undefined })
    expect(await send("/done")).toMatchObject({ status: 200 })
  })

  it.each([
    ["keeps its issuer", "iss=https%3A%2F%2Fa", { kind: "code", code: "canary", iss: "https://a" }],
    ["is an error beside a code, too", "error=access_denied", { kind: "error", error: "access_denied" }],
  ])("%s", async (_what, more, answer) => {
    await send(`${right}&${more}`)
    expect(await answered()).toEqual(answer)
    await send("/done")
  })

  it.each<[string, string, Sent, number]>([
    ["another state", `/callback?state=${"t".repeat(43)}&code=canary`, {}, 400],
    ["a state that begins alike", `/callback?state=${state.slice(1)}&code=canary`, {}, 400],
    ["no state", "/callback?code=canary", {}, 400],
    ["two states", `${right}&state=${state}`, {}, 400],
    ["two codes", `${right}&code=canary`, {}, 400],
    ["neither code nor error", `/callback?state=${state}`, {}, 400],
    ["nothing", "/callback", {}, 400],
    ["a name that leads to 127.0.0.1 (DNS rebinding)", right, { headers: { host: "attacker.example" } }, 400],
    ["localhost", right, { headers: { host: "localhost" } }, 400],
    ["127.0.0.1 without the port", right, { headers: { host: "127.0.0.1" } }, 400],
    ["POST", right, { method: "POST" }, 405],
    ["HEAD", right, { method: "HEAD" }, 405],
    ["another path", right.replace("/callback", "/callback/"), {}, 404],
    ["a path on another host", `//attacker.example${right}`, {}, 404],
    ["the last page, too early", "/done", {}, 404],
  ])("is none with %s", async (_what, target, sent, status) => {
    const { html, ...head } = await send(target, sent)
    expect(head).toEqual({ status, allow: status === 405 ? "GET" : undefined })
    expect(html).not.toContain("canary")
    expect(await answered()).toBeUndefined()
    // The sign-in goes on.
    expect(await send(right)).toMatchObject({ status: 303 })
    expect(await answered()).toMatchObject({ kind: "code" })
    await send("/done")
  })

  it("is undefined when the time is up, or when the operator ends it", async () => {
    const before = performance.now()
    expect(await server.answer(50, never)).toBeUndefined()
    expect(performance.now() - before).toBeGreaterThan(40)
    const stopping = new AbortController()
    const answer = server.answer(60_000, stopping.signal)
    stopping.abort()
    expect(await answer).toBeUndefined()
    expect(await server.answer(60_000, stopping.signal)).toBeUndefined()
  })
})

describe("the server that waits for it", () => {
  it("listens on 127.0.0.1 alone", async () => {
    // Another address of this machine's loopback.
    await expect(fetch(redirectUri.replace("127.0.0.1", "127.0.0.2"))).rejects.toThrow("fetch failed")
  })

  it("waits with its end for the last page, but not for long", async () => {
    await send(right)
    const before = performance.now()
    const closed = server.close()
    expect(await send("/done")).toMatchObject({ status: 200 })
    await closed
    expect(performance.now() - before).toBeLessThan(1_900)
    server = await listenForAnswer(redirectUri, state)
  })

  it("says what to do when the port is busy", async () => {
    const other = createServer()
    const { port } = new URL(await listenOnLoopback(other))
    const listening = listenForAnswer(`http://127.0.0.1:${port}/callback`, state)
    await expect(listening).rejects.toThrow(`Port ${port} of 127.0.0.1 is already in use`)
    await closeServer(other)
  })
})
