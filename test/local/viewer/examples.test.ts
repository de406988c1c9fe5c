import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { RefreshTokenDelivery } from "../../../lib/config.ts"
import { startStackWithProvider } from "../../../local/stack.ts"
import { operationsOf, readDocument } from "../../../local/viewer/document.ts"
import { prepareRequest } from "../../../local/viewer/prepare.ts"
import { createSend } from "../../../local/viewer/send.ts"
import { operations } from "../../openapi/document.ts"
import { origin } from "../../support/journey.ts"

const document = await readDocument()
const shown = operationsOf(document, "cookie")

let stack: Awaited<ReturnType<typeof startStackWithProvider>>

beforeAll(async () => {
  stack = await startStackWithProvider({ origins: [origin] })
})
afterAll(() => stack.close())

describe("the viewer", () => {
  it("has the operations of the document, in its order", () => {
    const expected = operations.map(({ operationId, path }) => [operationId, path])
    expect(shown.map(({ id, path }) => [id, path])).toEqual(expected)
  })

  it.each<[RefreshTokenDelivery, string, readonly string[]]>([
    [
      "cookie",
      "/exchange-code",
      ["own_pkce json", "with_tenant json", "with_api_token json", "after_start_login json"],
    ],
    // A form for a token endpoint (RFC 6749 §4.1.3), unless it needs a cookie.
    ["cookie", "/token", ["code form", "code_with_tenant form", "refresh json"]],
    ["sealed", "/token", ["code form", "code_with_tenant form", "refresh_sealed form"]],
    ["sealed", "/signed/token", ["code form", "refresh form"]],
    ["partitioned", "/revoke-token", ["cookie json"]],
    ["sealed", "/revoke-token", ["sealed json"]],
    ["sealed", "/start-login", []],
  ])("shows, in delivery %s, each example of %s once that can succeed", (delivery, path, expected) => {
    const { examples = [] } = operationsOf(document, delivery).find((one) => one.path === path) ?? {}
    const form = (type: string) => (type.endsWith("json") ? "json" : "form")
    expect(examples.map(({ name, mediaType }) => `${name} ${form(mediaType)}`)).toEqual(expected)
  })

  it.each(
    shown.flatMap((operation) =>
      operation.examples.map((example) => [example.name, operation.path, { operation, example }] as const),
    ),
  )(
    "makes of the example %s of %s a request with its members, none of its invented values, and the headers of its door",
    async (_name, _path, { operation, example }) => {
      const sources = { provider: stack.provider, send: createSend(stack), origin }
      const { headers, body } = await prepareRequest(operation, example, sources)
      const isJson = headers["Content-Type"] === "application/json"
      const fields = (isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))) as object
      expect(Object.keys(fields)).toEqual(Object.keys(example.value))
      const invented = "code redirect_uri code_verifier nonce state refresh_token token sub".split(" ")
      for (const [member, value] of Object.entries(fields).filter(([name]) => invented.includes(name))) {
        expect(value).toEqual(expect.any(String))
        expect(value).not.toBe(example.value[member])
      }
      expect(headers["Content-Type"]).toBe(example.mediaType)
      // A page must not sign, and a caller that signs is no page.
      const { isSigned } = operation
      expect([headers.Origin, "Authorization" in headers]).toEqual(
        isSigned ? [undefined, true] : [origin, false],
      )
      expect("Cookie" in headers).toBe(headers["X-CSRF"] === "1")
    },
  )
})
