import { get, request } from "node:https"
import { once } from "node:events"
import type { IncomingMessage } from "node:http"
import { json, text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeCertificate } from "../../harness/certificate.ts"
import { startExample, type LocalExample } from "../../local/example.ts"
import { operations } from "../openapi/document.ts"

const tls = makeCertificate(["127.0.0.1"])
const ca = tls.cert

let example: LocalExample

beforeAll(async () => {
  example = await startExample({ delivery: "sealed", tls })
})
afterAll(() => example.close())

async function read(path: string): Promise<IncomingMessage> {
  const [response] = (await once(get(example.page.url + path, { ca }), "response")) as [IncomingMessage]
  return response
}

async function post(path: string, fields: object): Promise<unknown> {
  const headers = { origin: example.page.url, "content-type": "application/json" }
  const sent = request(example.page.url + path, { method: "POST", headers, ca }).end(JSON.stringify(fields))
  const [response] = (await once(sent, "response")) as [IncomingMessage]
  return await json(response)
}

describe("the viewer of the API", () => {
  it("shows every operation, and where no example can succeed, in a page that loads and calls its own origin alone", async () => {
    const response = await read("/docs")
    const html = await text(response)
    const shown = [...html.matchAll(/<h3><code>POST (\S+)<\/code><\/h3>/g)].map(([, path]) => path)
    expect(shown).toEqual(operations.map(({ path }) => path))
    const [article = ""] = html.split("POST /start-login")[1]?.split("</article>") ?? []
    expect(article).toContain("None of its examples can succeed here, in delivery <code>sealed</code>.")
    expect(article).not.toContain("<details")
    expect(response.headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
  })

  it("serves the document with the local functions as its server", async () => {
    const servers = [{ url: example.stack.url, description: "The local stack" }]
    expect(await json(await read("/openapi.json"))).toMatchObject({ openapi: "3.1.1", servers })
  })

  it("makes an example ready and sends it over https, trusting only the stack's own certificate", async () => {
    const asked = { operation: "refreshToken", example: "sealed" }
    const prepared = (await post("/docs/prepare", asked)) as object
    expect(await post("/docs/send", prepared)).toMatchObject({ status: 200 })
  })
})
