import { request as requestHttp, type IncomingMessage } from "node:http"
import { request as requestHttps } from "node:https"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { makeCertificate } from "../../harness/certificate.ts"
import { startExample, type LocalExample } from "../../local/example.ts"
import { startPage } from "../../local/page.ts"
import { storeClientSecret } from "../../local/stack.ts"
import { operations, publications } from "../openapi/document.ts"

const tls = makeCertificate(["127.0.0.1"])
let example: LocalExample
let sealedOverTls: LocalExample

beforeAll(async () => {
  example = await startExample({ delivery: "cookie" })
  sealedOverTls = await startExample({ delivery: "sealed", tls })
})
afterAll(() => Promise.all([example.close(), sealedOverTls.close()]))

interface Sent {
  /** Of a POST as the page's script makes it, but for these; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly method?: string
  readonly at?: LocalExample
}

/** Asks the example page. `fetch` would not send another `Host`. */
async function ask(
  path: string,
  fields: unknown,
  { headers = {}, method = "POST", at = example }: Sent = {},
) {
  const all: Sent["headers"] = { origin: at.page.url, "content-type": "application/json", ...headers }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  const request = at.page.url.startsWith("https:") ? requestHttps : requestHttp
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(at.page.url + path, { method, headers: given, ca: tls.cert }, resolve)
      .on("error", reject)
      .end(typeof fields === "string" ? fields : JSON.stringify(fields))
  })
  return { status: response.statusCode, headers: response.headers, text: await text(response) }
}

const start = { operation: "startLogin", example: "any_tenant" }
const health = { path: "/signed/health", headers: { "Content-Type": "application/json" }, body: "{}" }

describe("the viewer of the API", () => {
  it("shows every operation, and where no example can succeed, in a page that loads and calls its own origin alone", async () => {
    const { headers, text: html } = await ask("/docs", "", { method: "GET", at: sealedOverTls })
    const shown = [...html.matchAll(/<h3><code>(\w+) (\S+)<\/code><\/h3>/g)].map(([, ...words]) => words)
    const ofDocument = [...operations, ...publications].map(({ method, path }) => [
      method.toUpperCase(),
      path,
    ])
    expect(shown).toEqual(ofDocument)
    for (const { path } of publications) {
      const address = sealedOverTls.stack.url + path
      expect(html).toContain(`<a href="${address}">${address}</a>`)
    }
    const [article = ""] = html.split("POST /start-login")[1]?.split("</article>") ?? []
    expect(article).toContain("None of its examples can succeed here, in delivery <code>sealed</code>.")
    expect(article).not.toContain("<details")
    expect(headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
  })

  it("serves the document with the local functions as its server", async () => {
    const servers = [{ url: example.stack.url, description: "The local stack" }]
    const { text } = await ask("/openapi.json", "", { method: "GET" })
    expect(JSON.parse(text)).toMatchObject({ openapi: "3.1.1", servers })
  })

  it("makes an example ready and sends it over https, trusting only the stack's own certificate", async () => {
    const asked = { operation: "refreshToken", example: "sealed" }
    const prepared = await ask("/docs/prepare", asked, { at: sealedOverTls })
    const answer = await ask("/docs/send", prepared.text, { at: sealedOverTls })
    expect(JSON.parse(answer.text)).toMatchObject({ status: 200 })
  })
})

describe.each([
  ["/docs/prepare", start],
  ["/docs/send", health],
])("POST %s of the example page", (path, fields) => {
  it("is answered to the page itself alone, whose type no form of another site can have", async () => {
    expect(await ask(path, fields)).toMatchObject({ status: 200 })
    for (const origin of ["http://evil.example", "http://127.0.0.1:1", "null", undefined])
      expect((await ask(path, fields, { headers: { origin } })).status, origin).toBe(403)
    for (const type of ["text/plain", undefined])
      expect(await ask(path, fields, { headers: { "content-type": type } })).toMatchObject({ status: 415 })
  })

  it("sends another host name, as a page has that points a name to this machine, to the page", async () => {
    const headers = { host: "evil.example", origin: "http://evil.example" }
    expect(await ask(path, fields, { headers })).toMatchObject({ status: 307, text: "" })
  })

  it("refuses more than 256 KiB, what is not a JSON object, and every other method", async () => {
    const padded = (bytes: number) => JSON.stringify(fields).padEnd(bytes)
    expect(await ask(path, padded(256 * 1024 + 1))).toMatchObject({ status: 413 })
    expect(await ask(path, padded(256 * 1024))).toMatchObject({ status: 200 })
    for (const body of ["", "{", "[]", "null", '"x"']) expect((await ask(path, body)).status, body).toBe(400)
    for (const method of ["GET", "HEAD", "PUT", "OPTIONS"])
      expect(await ask(path, "", { method })).toMatchObject({ status: 405, headers: { allow: "POST" } })
  })

  it("is not there without the local provider", async () => {
    const { stack, provider } = example
    const config = { apiUrl: stack.url, delivery: "cookie", clientId: "a" } as const
    const page = await startPage({ ...config, authorizationEndpoint: `${provider.url}/authorize` })
    onTestFinished(() => page.close())
    const headers = { origin: page.url, "content-type": "application/json" }
    const response = await fetch(page.url + path, { method: "POST", headers, body: JSON.stringify(fields) })
    expect([response.status, (await fetch(`${page.url}/docs`)).status]).toEqual([405, 404])
  })
})

it("no other path of the example page takes a POST", async () => {
  const answer = { status: 405, headers: { allow: "GET, HEAD" } }
  for (const path of ["/", "/docs", "/docs/prepare/", "/docs/send/x", "/openapi.json", "/config.json"])
    expect(await ask(path, start), path).toMatchObject(answer)
})

describe("POST /docs/prepare of the example page", () => {
  it.each([
    { operation: "startLogin", example: "constructor" },
    { operation: "__proto__", example: "any_tenant" },
    { operation: ["startLogin"], example: "any_tenant" },
    // It is in the document, but a stack with cookies refuses it.
    { operation: "refreshToken", example: "sealed" },
  ])("does not know %j", async (fields) => {
    expect(await ask("/docs/prepare", fields)).toMatchObject({ status: 404 })
  })

  it("says which function refused when no live value can be had", async () => {
    const { stack, provider } = example
    const clientSecret = "another"
    provider.replaceClientSecret(clientSecret)
    const { status, text } = await ask("/docs/prepare", { operation: "refreshToken", example: "cookie" })
    storeClientSecret(stack, { clientId: provider.clientId, clientSecret })
    expect(status).toBe(502)
    expect(text).toMatch(/"The local stack failed: \/exchange-code answered 400: .*grant_rejected/)
  })
})

describe("POST /docs/send of the example page", () => {
  it("sends nothing to a path that the document does not have", async () => {
    const elsewhere = ["//evil.example", "@evil.example", "http://evil.example"].map((at) => at + health.path)
    for (const path of [...elsewhere, "/", "/signed/health?x", "/docs/../signed/health", "/signed/%68ealth"])
      expect((await ask("/docs/send", { ...health, path })).status, path).toBe(404)
  })

  it.each([
    { path: 1 },
    { body: undefined },
    { headers: [] },
    { headers: { "Content-Type": "a\r\nX-Evil: b" } },
    { headers: { Cookie: "ä" } },
    { headers: { Host: "evil.example" } },
  ])("refuses a request with %j", async (change) => {
    expect(await ask("/docs/send", { ...health, ...change })).toMatchObject({ status: 400 })
  })

  it("shows what the functions answer to a body that was edited", async () => {
    const headers = { "Content-Type": "application/json", Origin: example.page.url }
    const sent = { path: "/start-login", headers, body: '{"redirect_uri":"https://evil.example/callback"}' }
    const answer = JSON.parse((await ask("/docs/send", sent)).text) as { headers: string[][]; body: string }
    expect(answer).toMatchObject({ status: 400, reason: "Bad Request" })
    expect(JSON.parse(answer.body)).toMatchObject({ code: "request_invalid" })
    expect(answer.headers.map(([name]) => name)).toEqual(["content-type", "cache-control"])
  })

  it("signs only for the signed door, with a signature of its own, and shows no key", async () => {
    const headers = { "Content-Type": "application/json", Authorization: "AWS4-HMAC-SHA256 (other)" }
    const { text } = await ask("/docs/send", { ...health, headers })
    expect(JSON.parse(text)).toMatchObject({ status: 200 })
    expect(text).not.toContain(example.stack.credentials.secretAccessKey)
  })
})
