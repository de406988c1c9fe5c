import { LambdaClient } from "@aws-sdk/client-lambda"
import { CredentialsProviderError } from "@smithy/core/config"
import { describe, expect, it } from "vitest"
import { createClient, overLambda, type LambdaOptions } from "../../../client/cloud.ts"
import { closedUrl } from "../../support/scripted-server.ts"
import { credentials, failure, region } from "./transports.ts"
import { tokenResponse } from "./values.ts"

const code = { code: "a-single-use-code", redirect_uri: "https://app.example/callback" }
const functions = (name: string) => name

/** A client whose options are whatever a program passes. */
function clientOf(options: unknown) {
  return createClient(overLambda(options as LambdaOptions))
}

/** A Lambda client written by hand and returns anything. */
function returning(output: unknown) {
  return clientOf({ functions, client: { send: () => Promise.resolve(output) } })
}

describe("the options", () => {
  it.each([undefined, null, 5, {}, { functions }, { functions, client: null }, { functions, client: {} }])(
    "the options %j are options_invalid",
    async (options) => {
      expect(await clientOf(options).exchangeCode(code)).toEqual(failure("options_invalid"))
    },
  )

  it("options that throw when they are read are options_invalid", async () => {
    const options = {
      get client(): LambdaClient {
        throw new Error("not today")
      },
    }
    expect(await clientOf(options).health()).toEqual(failure("options_invalid"))
  })

  it.each([
    ["are missing", undefined, "options_invalid"],
    ["do not name the function", { health: "the-health-function" }, "not_found"],
    ["return nothing", () => undefined, "not_found"],
    ["return an empty name", () => "", "not_found"],
    ["return a number", () => 5, "options_invalid"],
    [
      "throw",
      () => {
        throw new Error("a secret text")
      },
      "options_invalid",
    ],
  ])("functions that %s are %s", async (_how, wrong, expected) => {
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

describe("Lambda clients of the SDK", () => {
  it("a Lambda client of the SDK without a region is options_invalid, because nothing was sent", async () => {
    const noRegion = () => Promise.reject(new Error("Region is missing"))
    const client = new LambdaClient({ region: noRegion, credentials })
    expect(await clientOf({ client, functions }).refreshToken({ refresh_token: "r" })).toEqual(
      failure("options_invalid"),
    )
  })

  it("a Lambda client of the SDK without credentials is not_permitted", async () => {
    const none = () => Promise.reject(new CredentialsProviderError("Could not load credentials", {}))
    const client = new LambdaClient({ region, credentials: none })
    expect(await clientOf({ client, functions }).refreshToken({ refresh_token: "r" })).toEqual(
      failure("not_permitted"),
    )
  })

  it("a Lambda client of the SDK that nobody answers is no_answer, because the request may have been sent", async () => {
    const client = new LambdaClient({ region, credentials, endpoint: await closedUrl() })
    expect(await clientOf({ client, functions }).exchangeCode(code)).toEqual(failure("no_answer"))
  })
})

describe("Lambda clients that are written by hand", () => {
  it.each([undefined, null, "text", [], {}, { Payload: undefined }, { Payload: '{"status":"ok"}' }])(
    "a Lambda client that is written by hand and returns %j gives answer_unreadable",
    async (output) => {
      expect(await returning(output).exchangeCode(code)).toEqual(failure("answer_unreadable"))
    },
  )

  it("a Lambda client that is written by hand and returns bytes that are not UTF-8 gives answer_unreadable", async () => {
    const output = { Payload: new Uint8Array([0xff, 0xfe]) }
    expect(await returning(output).exchangeCode(code)).toEqual(failure("answer_unreadable"))
  })

  it("a Lambda client that is written by hand may return a Buffer", async () => {
    const output = { Payload: Buffer.from(JSON.stringify(tokenResponse)) }
    expect(await returning(output).exchangeCode(code)).toEqual({ ok: true, value: tokenResponse })
  })

  it.each([undefined, null, "a text", new Error("a secret text")])(
    "a Lambda client that is written by hand and rejects with %s gives no_answer",
    async (reason) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      const client = { send: () => Promise.reject(reason) }
      const result = await clientOf({ functions, client }).exchangeCode(code)
      expect(result).toEqual(failure("no_answer"))
      expect(JSON.stringify(result)).not.toContain("a secret text")
    },
  )

  it("a Lambda client that is written by hand and throws gives no_answer", async () => {
    const client = {
      send: () => {
        throw new Error("not today")
      },
    }
    expect(await clientOf({ functions, client }).exchangeCode(code)).toEqual(failure("no_answer"))
  })
})
