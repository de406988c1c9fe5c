import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startStackWithProvider } from "../../../local/stack.ts"
import { operationsOf, readDocument } from "../../../local/viewer/document.ts"
import { prepareRequest } from "../../../local/viewer/prepare.ts"
import { createSend } from "../../../local/viewer/send.ts"

const origin = "http://localhost:5173"
const document = await readDocument()

let stack: Awaited<ReturnType<typeof startStackWithProvider>>

beforeAll(async () => {
  stack = await startStackWithProvider({ origins: [origin] })
})
afterAll(() => stack.close())

async function prepare(id: string, name: string) {
  const operation = operationsOf(document, "cookie").find((one) => one.id === id)
  const example = operation?.examples.find((one) => one.name === name)
  if (!operation || !example) throw new Error(`${id} has no example ${name}`)
  const sources = { provider: stack.provider, send: createSend(stack), origin }
  return { example, request: await prepareRequest(operation, example, sources) }
}

const all = operationsOf(document, "cookie").flatMap(({ id, examples }) =>
  examples.map(({ name }) => [id, name] as const),
)

describe("an example's request", () => {
  it.each(all)("has the members of the document, none of its invented values: %s %s", async (id, name) => {
    const { example, request } = await prepare(id, name)
    const fields = (
      example.mediaType === "application/json"
        ? JSON.parse(request.body)
        : Object.fromEntries(new URLSearchParams(request.body))
    ) as Record<string, unknown>
    expect(Object.keys(fields)).toEqual(Object.keys(example.value))
    const invented = [
      "code",
      "redirect_uri",
      "code_verifier",
      "nonce",
      "state",
      "refresh_token",
      "token",
      "sub",
    ]
    for (const member of invented.filter((member) => member in fields)) {
      expect(fields[member]).toEqual(expect.any(String))
      expect(fields[member]).not.toBe(example.value[member])
    }
  })

  it("has a page's origin, and its header beside a cookie", async () => {
    const { request } = await prepare("refreshToken", "same_user")
    expect(request).toEqual({
      path: "/refresh-token",
      headers: {
        "Content-Type": "application/json",
        Origin: origin,
        "X-CSRF": "1",
        Cookie: expect.stringMatching(/^__Host-so-session-[\w-]+=[^;]+$/) as string,
      },
      body: JSON.stringify({ sub: "tony@example.com", ctx: "Cust12020" }, undefined, 2),
    })
  })

  it("has no Origin where a caller signs, because a page must not", async () => {
    const { request } = await prepare("signedAuthenticateSystemUser", "system_user")
    expect(request).toEqual({
      path: "/signed/authenticate-system-user",
      headers: {
        "Content-Type": "application/json",
        Authorization: "AWS4-HMAC-SHA256 (made from the body when it is sent)",
      },
      body: JSON.stringify({ tenant: "Cust26759", system_token: "Token Exchange-8k8Q7DmBgo" }, undefined, 2),
    })
  })

  it("is a form for a token endpoint, with a list as the document spells it", async () => {
    const { request } = await prepare("token", "code_with_tenant")
    expect(request.headers["Content-Type"]).toBe("application/x-www-form-urlencoded")
    expect(request.body).toMatch(/^grant_type=authorization_code&code=\S+&include=tenant$/)
  })
})
