import { LambdaClient } from "@aws-sdk/client-lambda"
import { fromEnv } from "@aws-sdk/credential-providers"
import { describe, expect, it, vi } from "vitest"
import { createClient, overLambda, type LambdaOptions } from "../../../client/cloud.ts"
import { credentials, failure, region, secretError, throws } from "./transports.ts"
import { code, refresh, tokenResponse } from "./values.ts"

const functions = (name: string) => name

/** A client whose options are whatever a program passes. */
function clientOf(options: unknown) {
  return createClient(overLambda(options as LambdaOptions))
}

describe("overLambda", () => {
  it.each([
    ["that are missing", undefined],
    ["without a client", { functions }],
    ["whose client cannot send", { functions, client: {} }],
    ["that throw when they are read", Object.defineProperty({}, "client", { get: throws })],
  ])("takes options %s for options_invalid", async (_what, options) => {
    expect(await clientOf(options).exchangeCode(code)).toEqual(failure("options_invalid"))
  })

  it.each([
    ["are missing", undefined, "options_invalid"],
    ["do not name the function", { health: "the-health-function" }, "not_found"],
    ["return nothing", () => undefined, "not_found"],
    ["return an empty name", () => "", "not_found"],
    ["return a number", () => 5, "options_invalid"],
    ["throw", throws, "options_invalid"],
  ])("takes functions that %s for %s, and sends nothing", async (_how, wrong, expected) => {
    const send = vi.fn(() => Promise.resolve({}))
    const result = await clientOf({ client: { send }, functions: wrong }).exchangeCode(code)
    expect(result).toEqual(failure(expected))
    expect(JSON.stringify(result)).not.toContain(secretError.message)
    expect(send).not.toHaveBeenCalled()
  })

  it("takes an SDK's client without a region for options_invalid, because nothing was sent", async () => {
    const noRegion = () => Promise.reject(new Error("Region is missing"))
    const client = new LambdaClient({ region: noRegion, credentials })
    expect(await clientOf({ client, functions }).refreshToken(refresh)).toEqual(failure("options_invalid"))
  })

  it("takes an SDK's client without credentials for not_permitted", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined)
    const client = new LambdaClient({ region, credentials: fromEnv() })
    expect(await clientOf({ client, functions }).refreshToken(refresh)).toEqual(failure("not_permitted"))
    vi.unstubAllEnvs()
  })
})

describe("a Lambda client that is written by hand", () => {
  const calling = (send: unknown, named: unknown = functions) =>
    clientOf({ functions: named, client: { send } }).exchangeCode(code)

  it("gets the function's name and the request, and may return a Buffer", async () => {
    const send = vi.fn(() => Promise.resolve({ Payload: Buffer.from(JSON.stringify(tokenResponse)) }))
    const named = { "exchange-code": "the-function" }
    expect(await calling(send, named)).toEqual({ ok: true, value: tokenResponse })
    const input = { FunctionName: "the-function", Payload: JSON.stringify(code) }
    expect(send).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ input }), expect.anything())
  })

  it.each([
    undefined,
    {},
    { Payload: '{"status":"ok"}' },
    // Not UTF-8.
    { Payload: new Uint8Array([0xff, 0xfe]) },
  ])("and returns %j gives answer_unreadable", async (output) => {
    expect(await calling(() => Promise.resolve(output))).toEqual(failure("answer_unreadable"))
  })

  it.each([
    ["rejects with nothing", () => Promise.reject(undefined as unknown as Error)],
    ["rejects", () => Promise.reject(secretError)],
    ["throws", throws],
  ])("and %s gives no_answer", async (_how, send) => {
    const result = await calling(send)
    expect(result).toEqual(failure("no_answer"))
    expect(JSON.stringify(result)).not.toContain(secretError.message)
  })
})
