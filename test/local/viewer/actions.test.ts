import { request as requestHttp, type IncomingMessage } from "node:http"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
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

/** Posts as the page's script does, but for some headers. `fetch` would not send another `Host`. */
async function post(path: string, fields: unknown, headers: Headers = {}, method = "POST") {
  const sent: Headers = { origin: example.page.url, "content-type": "application/json", ...headers }
  const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined))
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    requestHttp(example.page.url + path, { method, headers: given }, resolve)
      .on("error", reject)
      .end(typeof fields === "string" ? fields : JSON.stringify(fields))
  })
  return { status: response.statusCode, allow: response.headers.allow, text: await text(response) }
}

const start = { operation: "startLogin", example: "any_tenant" }
const health = { path: "/signed/health", headers: { "Content-Type": "application/json" }, body: "{}" }

describe.each([
  ["/docs/prepare", start],
  ["/docs/send", health],
])("POST %s of the example page", (path, fields) => {
  it("is answered to the page itself alone, whose type no form of another site can have", async () => {
    expect(await post(path, fields)).toMatchObject({ status: 200 })
    for (const origin of ["http://evil.example", "http://127.0.0.1:1", "null", undefined])
      expect({ origin, ...(await post(path, fields, { origin })) }).toMatchObject({ origin, status: 403 })
    for (const type of ["text/plain", undefined])
      expect(await post(path, fields, { "content-type": type })).toMatchObject({ status: 415 })
  })

  it("sends another host name, as a page has that points a name to this machine, to the page", async () => {
    const headers = { host: "evil.example", origin: "http://evil.example" }
    expect(await post(path, fields, headers)).toMatchObject({ status: 307, text: "" })
  })

  it("refuses more than 256 KiB, what is not a JSON object, and every other method", async () => {
    const padded = (bytes: number) => JSON.stringify(fields).padEnd(bytes)
    expect(await post(path, padded(256 * 1024 + 1))).toMatchObject({ status: 413 })
    expect(await post(path, padded(256 * 1024))).toMatchObject({ status: 200 })
    for (const body of ["", "{", "[]", "null", '"x"'])
      expect({ body, ...(await post(path, body)) }).toMatchObject({ body, status: 400 })
    for (const method of ["GET", "HEAD", "PUT", "OPTIONS"])
      expect(await post(path, "", {}, method)).toMatchObject({ status: 405, allow: "POST" })
  })

  it("is not there without the local provider", async () => {
    const { stack, provider } = example
    const authorizationEndpoint = `${provider.url}/authorize`
    const page = await startPage({
      apiUrl: stack.url,
      delivery: "cookie",
      clientId: "a",
      authorizationEndpoint,
    })
    onTestFinished(() => page.close())
    const headers = { origin: page.url, "content-type": "application/json" }
    const response = await fetch(page.url + path, { method: "POST", headers, body: JSON.stringify(fields) })
    expect([response.status, (await fetch(`${page.url}/docs`)).status]).toEqual([405, 404])
  })
})

it("no other path of the example page takes a POST", async () => {
  for (const path of ["/", "/docs", "/docs/prepare/", "/docs/send/x", "/openapi.json", "/config.json"])
    expect({ path, ...(await post(path, start)) }).toMatchObject({ path, status: 405, allow: "GET, HEAD" })
})

describe("POST /docs/prepare of the example page", () => {
  it.each([
    [{ operation: "startLogin", example: "constructor" }],
    [{ operation: "__proto__", example: "any_tenant" }],
    [{ operation: ["startLogin"], example: "any_tenant" }],
    // It is in the document, but a stack with cookies refuses it.
    [{ operation: "refreshToken", example: "sealed" }],
  ])("does not know %j", async (fields) => {
    expect(await post("/docs/prepare", fields)).toMatchObject({ status: 404 })
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

describe("POST /docs/send of the example page", () => {
  it("sends nothing to a path that the document does not have", async () => {
    const elsewhere = ["//evil.example", "@evil.example", "http://evil.example"].map((at) => at + health.path)
    for (const path of [...elsewhere, "/", "/signed/health?x", "/docs/../signed/health", "/signed/%68ealth"])
      expect({ path, ...(await post("/docs/send", { ...health, path })) }).toMatchObject({
        path,
        status: 404,
      })
  })

  it.each([
    { path: 1 },
    { body: undefined },
    { headers: [] },
    { headers: { "Content-Type": "a\r\nX-Evil: b" } },
    { headers: { Cookie: "ä" } },
    { headers: { Host: "evil.example" } },
  ])("refuses a request with %j", async (change) => {
    expect(await post("/docs/send", { ...health, ...change })).toMatchObject({ status: 400 })
  })

  it("shows what the functions answer to a body that was edited", async () => {
    const headers = { "Content-Type": "application/json", Origin: example.page.url }
    const sent = { path: "/start-login", headers, body: '{"redirect_uri":"https://evil.example/callback"}' }
    const answer = JSON.parse((await post("/docs/send", sent)).text) as { headers: string[][]; body: string }
    expect(answer).toMatchObject({ status: 400, reason: "Bad Request" })
    expect(JSON.parse(answer.body)).toMatchObject({ code: "request_invalid" })
    expect(answer.headers.map(([name]) => name)).toEqual(["content-type", "cache-control"])
  })

  it("signs only for the signed door, with a signature of its own, and shows no key", async () => {
    const headers = { "Content-Type": "application/json", Authorization: "AWS4-HMAC-SHA256 (other)" }
    const { text } = await post("/docs/send", { ...health, headers })
    expect(JSON.parse(text)).toMatchObject({ status: 200 })
    expect(text).not.toContain(example.stack.credentials.secretAccessKey)
  })
})
