import { get as getHttp, type IncomingMessage } from "node:http"
import { get as getHttps } from "node:https"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { makeCertificate } from "../../harness/certificate.ts"
import { obtainAuthorizationCode } from "../../local/authorization-code.ts"
import { startOwnApi, startStackWithOwnApi, type StackWithOwnApi } from "../../local/own-api.ts"
import { makeSigningKey, signingKeysSecretId } from "../../local/signing-keys.ts"
import { startStackWithProvider } from "../../local/stack.ts"
import type { JsonRecord } from "../support/journey.ts"

/** A token for the example API, as a cloud function gets it. */
async function tokenOf(stack: StackWithOwnApi, origin: string): Promise<string> {
  const code = await obtainAuthorizationCode(stack.provider, { origin, user: "Cust12020/anna" })
  const result = await stack.functions["exchange-code"]?.invoke({ ...code, include: ["api_token"] })
  return String((result?.payload as JsonRecord).api_token)
}

describe.each([
  ["http", "http://127.0.0.1:5173", undefined],
  ["https", "https://localhost:5173", makeCertificate(["127.0.0.1", "localhost"])],
])("the example API over %s", (_scheme, origin, tls) => {
  let stack: StackWithOwnApi
  beforeAll(async () => {
    stack = await startStackWithOwnApi({ origins: [origin], ...(tls && { tls }) })
  })
  afterAll(() => stack.close())

  /** Calls the API as a page does. `fetch` would not trust the certificate. */
  async function call(token?: string) {
    const headers = { origin, ...(token !== undefined && { authorization: `Bearer ${token}` }) }
    const get = tls ? getHttps : getHttp
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${stack.ownApi.url}/me`, { headers, ca: tls?.cert }, resolve).on("error", reject)
    })
    expect(response.headers["access-control-allow-origin"]).toBe(origin)
    return { status: response.statusCode, body: JSON.parse(await text(response)) as unknown }
  }

  it("knows the user by a token that the functions signed, and nobody without one", async () => {
    expect(await call(await tokenOf(stack, origin))).toEqual({
      status: 200,
      body: { sub: "Cust12020/2", ctx: "Cust12020", associateid: 2, is_administrator: true },
    })
    expect(await call()).toEqual({ status: 401, body: { message: "Unauthorized" } })
  })

  it("trusts the address that the stack names in its outputs", () => {
    const { hostname, protocol } = new URL(origin)
    expect(stack.issuer).toBe(`${protocol}//${hostname}:${new URL(stack.url).port}`)
  })
})

it("the example API refuses a key that signs as soon as it is published, because it keeps a key set for two hours (C83)", async () => {
  const origin = "http://127.0.0.1:5173"
  const stack = await startStackWithOwnApi({ origins: [origin], env: { SECRET_MAX_AGE_SECONDS: "1" } })
  onTestFinished(() => stack.close())
  const call = async () => {
    const authorization = `Bearer ${await tokenOf(stack, origin)}`
    return (await fetch(`${stack.ownApi.url}/me`, { headers: { authorization } })).status
  }
  expect(await call()).toBe(200)
  const signing_keys = [await makeSigningKey("not-published-before")]
  stack.secretsManager.put(signingKeysSecretId, JSON.stringify({ signing_keys }))
  // The copy of the keys that the function holds lasts for a second.
  await expect.poll(call, { timeout: 10_000, interval: 300 }).toBe(401)
})

it("the example API does not start for an issuer that publishes nothing, like an authorizer of API Gateway", async () => {
  const origins = ["http://127.0.0.1:5173"]
  const stack = await startStackWithProvider({ origins })
  onTestFinished(() => stack.close())
  await expect(startOwnApi({ issuer: stack.issuer, origins })).rejects.toThrow(
    `${stack.issuer}/.well-known/openid-configuration answered 404`,
  )
})
