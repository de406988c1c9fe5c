import { LambdaClient } from "@aws-sdk/client-lambda"
import { CredentialsProviderError } from "@smithy/core/config"
import { describe, expect, it } from "vitest"
import { createClient, overLambda, type LambdaOptions } from "../../../client/cloud.ts"
import { closedUrl } from "../../support/scripted-server.ts"
import { credentials, failure, region } from "./transports.ts"
import { code, refresh, tokenResponse } from "./values.ts"

const functions = (name: string) => name

/** A client whose options are whatever a program passes. */
function clientOf(options: unknown) {
  return createClient(overLambda(options as LambdaOptions))
}

function throws(): never {
  throw new Error("a secret text")
}

describe("overLambda", () => {
  it.each([
    ["that are missing", undefined],
    ["that are null", null],
    ["that are a number", 5],
    ["without a client", { functions }],
    ["whose client is null", { functions, client: null }],
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
    let sent = 0
    const client = {
      send: () => {
        sent += 1
        return Promise.resolve({})
      },
    }
    const result = await clientOf({ client, functions: wrong }).exchangeCode(code)
    expect(result).toEqual(failure(expected))
    expect(JSON.stringify(result)).not.toContain("a secret text")
    expect(sent).toBe(0)
  })
})

describe("a Lambda client of the SDK", () => {
  it("without a region is options_invalid, because nothing was sent", async () => {
    const noRegion = () => Promise.reject(new Error("Region is missing"))
    const client = new LambdaClient({ region: noRegion, credentials })
    expect(await clientOf({ client, functions }).refreshToken(refresh)).toEqual(failure("options_invalid"))
  })

  it("without credentials is not_permitted", async () => {
    const none = () => Promise.reject(new CredentialsProviderError("Could not load credentials", {}))
    const client = new LambdaClient({ region, credentials: none })
    expect(await clientOf({ client, functions }).refreshToken(refresh)).toEqual(failure("not_permitted"))
  })

  it("that nobody answers is no_answer, because the request may have been sent", async () => {
    const client = new LambdaClient({ region, credentials, endpoint: await closedUrl() })
    expect(await clientOf({ client, functions }).exchangeCode(code)).toEqual(failure("no_answer"))
  })
})

describe("a Lambda client that is written by hand", () => {
  const returning = (output: unknown) =>
    clientOf({ functions, client: { send: () => Promise.resolve(output) } }).exchangeCode(code)

  it.each([
    undefined,
    null,
    "text",
    [],
    {},
    { Payload: '{"status":"ok"}' },
    // Not UTF-8.
    { Payload: new Uint8Array([0xff, 0xfe]) },
  ])("and returns %j gives answer_unreadable", async (output) => {
    expect(await returning(output)).toEqual(failure("answer_unreadable"))
  })

  it("may return a Buffer", async () => {
    const output = { Payload: Buffer.from(JSON.stringify(tokenResponse)) }
    expect(await returning(output)).toEqual({ ok: true, value: tokenResponse })
  })

  it.each([
    ["rejects with nothing", () => Promise.reject(undefined as unknown as Error)],
    ["rejects", () => Promise.reject(new Error("a secret text"))],
    ["throws", throws],
  ])("and %s gives no_answer", async (_how, send) => {
    const result = await clientOf({ functions, client: { send } }).exchangeCode(code)
    expect(result).toEqual(failure("no_answer"))
    expect(JSON.stringify(result)).not.toContain("a secret text")
  })
})
