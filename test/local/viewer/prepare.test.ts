import { afterAll, beforeAll, expect, it } from "vitest"
import { startStackWithProvider } from "../../../local/stack.ts"
import { operationsOf, readDocument } from "../../../local/viewer/document.ts"
import { prepareRequest } from "../../../local/viewer/prepare.ts"
import { createSend } from "../../../local/viewer/send.ts"
import { origin } from "../../support/journey.ts"

const operations = operationsOf(await readDocument(), "cookie")

let stack: Awaited<ReturnType<typeof startStackWithProvider>>

beforeAll(async () => {
  stack = await startStackWithProvider({ origins: [origin] })
})
afterAll(() => stack.close())

const all = operations.flatMap((operation) =>
  operation.examples.map((example) => [example.name, operation.path, { operation, example }] as const),
)

it.each(all)(
  "the viewer's request for the example %s of %s has its members, none of its invented values, and the headers of its door",
  async (_name, _path, { operation, example }) => {
    const sources = { provider: stack.provider, send: createSend(stack), origin }
    const { headers, body } = await prepareRequest(operation, example, sources)
    const isJson = headers["Content-Type"] === "application/json"
    const fields = (isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))) as object
    expect(Object.keys(fields)).toEqual(Object.keys(example.value))
    const invented = "code redirect_uri code_verifier nonce state refresh_token token sub".split(" ")
    for (const [member, value] of Object.entries(fields)) {
      if (!invented.includes(member)) continue
      expect(value).toEqual(expect.any(String))
      expect(value).not.toBe(example.value[member])
    }
    expect(headers["Content-Type"]).toBe(example.mediaType)
    // A page must not sign, and a caller that signs is no page.
    expect([headers.Origin, "Authorization" in headers]).toEqual(
      operation.isSigned ? [undefined, true] : [origin, false],
    )
    expect("Cookie" in headers).toBe(headers["X-CSRF"] === "1")
  },
)
