import { request as requestHttp, type IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startExample, type LocalExample } from "../../../local/example.ts"
import { startPage } from "../../../local/page.ts"
import { storeClientSecret } from "../../../local/stack.ts"

let example: LocalExample

beforeAll(async () => {
  example = await startExample({ delivery: "cookie" })
})
afterAll(() => example.close())

/** Headers of a request; undefined leaves one out. */
type Headers = Readonly<Record<string, string | undefined>>

/** Posts as the page's script does, but for some headers. */
async function post(path: string, fields: unknown, headers: Headers = {}) {
  return await postText(path, JSON.stringify(fields), headers)
}

/** `fetch` would not send another `Host`. */
async function postText(path: string, body: string, headers: Headers = {}, method = "POST") {
  const sent: Headers = { origin: example.page.url, "content-type": "application/json", ...headers }
  const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined))
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    requestHttp(example.page.url + path, { method, headers: given }, resolve)
      .on("error", reject)
      .end(body)
  })
  return { status: response.statusCode, allow: response.headers.allow, text: await text(response) }
}

const start = { operation: "startLogin", example: "any_tenant" }
const health = { path: "/signed/health", headers: { "Content-Type": "application/json" }, body: "{}" }
const actions = [
  ["/docs/prepare", start],
  ["/docs/send", health],
] as const

describe.each(actions)("POST %s", (path, fields) => {
  it("answers the page itself", async () => {
    expect(await post(path, fields)).toMatchObject({ status: 200 })
  })

  it.each([
    ["another site", { origin: "http://evil.example" }],
    ["another port of this machine", { origin: "http://127.0.0.1:1" }],
    ["a sandboxed page", { origin: "null" }],
    ["no page", { origin: undefined }],
  ])("refuses what comes from %s", async (_who, headers) => {
    const { status, text } = await post(path, fields, headers)
    expect(status).toBe(403)
    expect(JSON.parse(text)).toEqual({ error: `Only the page on ${example.page.url} may send this.` })
  })

  it("sends another host name, as a page has that points a name to this machine, to the page", async () => {
    const headers = { host: "evil.example", origin: "http://evil.example" }
    expect(await post(path, fields, headers)).toMatchObject({ status: 307, text: "" })
  })

  it.each(["text/plain", "application/x-www-form-urlencoded", undefined])(
    "refuses the type %s, which a form of any site can have",
    async (type) => {
      expect(await post(path, fields, { "content-type": type })).toMatchObject({ status: 415 })
    },
  )

  it("refuses more than 256 KiB", async () => {
    const padded = (bytes: number) => JSON.stringify(fields).padEnd(bytes)
    expect(await postText(path, padded(256 * 1024 + 1))).toMatchObject({ status: 413 })
    expect(await postText(path, padded(256 * 1024))).toMatchObject({ status: 200 })
    expect(await postText(path, padded(11 * 1024 * 1024))).toMatchObject({ status: 413 })
  })

  it.each(["", "{", "[]", "null", '"x"', "\xff\xfe"])("refuses the body %j", async (body) => {
    expect(await postText(path, body)).toMatchObject({ status: 400 })
  })

  it.each(["GET", "HEAD", "PUT", "OPTIONS"])("allows POST and not %s", async (method) => {
    expect(await postText(path, "", {}, method)).toMatchObject({ status: 405, allow: "POST" })
  })

  it("is not there without the local provider", async () => {
    const page = await startPage({
      apiUrl: example.stack.url,
      delivery: "cookie",
      clientId: "the-client",
      authorizationEndpoint: `${example.provider.url}/authorize`,
    })
    const headers = { origin: page.url, "content-type": "application/json" }
    const response = await fetch(page.url + path, { method: "POST", headers, body: JSON.stringify(fields) })
    const docs = await fetch(`${page.url}/docs`)
    await page.close()
    expect([response.status, docs.status]).toEqual([405, 404])
  })
})

it("no other path of the page takes a POST", async () => {
  for (const path of [
    "/",
    "/docs",
    "/docs/",
    "/docs/prepare/",
    "/docs/send/x",
    "/openapi.json",
    "/config.json",
  ]) {
    expect({ path, ...(await post(path, start)) }).toMatchObject({ path, status: 405, allow: "GET, HEAD" })
  }
})

describe("POST /docs/prepare", () => {
  it.each([
    [{ operation: "startLogin" }],
    [{ operation: "startLogin", example: "constructor" }],
    [{ operation: "__proto__", example: "any_tenant" }],
    [{ operation: "/start-login", example: "any_tenant" }],
    [{ operation: ["startLogin"], example: "any_tenant" }],
    // It is in the document, but a stack with cookies refuses it.
    [{ operation: "refreshToken", example: "sealed" }],
    [{}],
  ])("does not know %j", async (fields) => {
    const { status, text } = await post("/docs/prepare", fields)
    expect(status).toBe(404)
    expect(JSON.parse(text)).toEqual({ error: "The document has no such example in this delivery." })
  })

  it("says which function refused when no live value can be had", async () => {
    const { stack, provider } = example
    const clientSecret = "another"
    provider.replaceClientSecret(clientSecret)
    const { status, text } = await post("/docs/prepare", { operation: "refreshToken", example: "cookie" })
    storeClientSecret(stack, { clientId: provider.clientId, clientSecret })
    expect(status).toBe(502)
    expect(text).toMatch(/"The local stack failed: \/exchange-code answered 400: .*grant_rejected/)
  })
})

describe("POST /docs/send", () => {
  it.each([
    "/",
    "/signed",
    "/signed/nothing",
    "/signed/health/",
    "/signed/health?x",
    "//evil.example/signed/health",
    "@evil.example/signed/health",
    "http://evil.example/signed/health",
    "/docs/../signed/health",
    "/signed/%68ealth",
    "",
  ])("sends nothing to %j, which the document does not have", async (path) => {
    const { status, text } = await post("/docs/send", { ...health, path })
    expect(status).toBe(404)
    expect(JSON.parse(text)).toEqual({ error: "The document has no such path." })
  })

  it.each([
    { path: 1 },
    { path: undefined },
    { body: {} },
    { body: undefined },
    { headers: undefined },
    { headers: [] },
    { headers: { "Content-Type": 1 } },
    { headers: { "Content-Type": "a\r\nX-Evil: b" } },
    { headers: { Cookie: "ä" } },
    { headers: { Cookie: "" } },
    { headers: { Host: "evil.example" } },
    { headers: { "Transfer-Encoding": "chunked" } },
    { headers: { "X-Amz-Date": "20260101T000000Z" } },
  ])("refuses a request with %j", async (change) => {
    expect(await post("/docs/send", { ...health, ...change })).toMatchObject({ status: 400 })
  })

  it("shows what the functions answer to a body that was edited", async () => {
    const headers = { "Content-Type": "application/json", Origin: example.page.url }
    const sent = { path: "/start-login", headers, body: '{"redirect_uri":"https://evil.example/callback"}' }
    const { status, text } = await post("/docs/send", sent)
    expect(status).toBe(200)
    const answer = JSON.parse(text) as { readonly headers: string[][]; readonly body: string }
    expect(answer).toMatchObject({ status: 400, reason: "Bad Request" })
    expect(JSON.parse(answer.body)).toMatchObject({ code: "request_invalid" })
    expect(answer.headers.map(([name]) => name)).toEqual(["content-type", "cache-control"])
  })

  it.each([
    ["an origin that is not listed", { Origin: "http://evil.example" }, "{}", 403],
    ["a type that is none", { "Content-Type": "text/plain" }, "{}", 415],
    ["more than the functions take", {}, `{"code":"${"a".repeat(40_000)}"}`, 413],
    ["no JSON", {}, "{", 400],
  ])("shows what the functions answer to %s", async (_what, change, body, status) => {
    const headers = { "Content-Type": "application/json", Origin: example.page.url, ...change }
    const { text } = await post("/docs/send", { path: "/exchange-code", headers, body })
    expect(JSON.parse(text)).toMatchObject({ status })
  })

  it("signs only for the signed door, and with a signature of its own", async () => {
    const headers = { "Content-Type": "application/json", Authorization: "AWS4-HMAC-SHA256 (other)" }
    const { text } = await post("/docs/send", { ...health, headers })
    expect(JSON.parse(text)).toMatchObject({ status: 200 })
    expect(text).not.toContain(example.stack.credentials.secretAccessKey)
  })
})
