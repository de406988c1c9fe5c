import type { Socket } from "node:net"
import { LambdaClient } from "@aws-sdk/client-lambda"
import { expect } from "vitest"
import {
  createClient,
  overHttps,
  overLambda,
  type Client,
  type ClientOptions,
  type Transport,
} from "../../../client/cloud.ts"
import { http, serve, type ScriptedServer } from "../../support/scripted-server.ts"

export const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret-access-key" }
export const region = "eu-west-1"

type Connect = (url: string, options?: ClientOptions) => Client

/** Clients that reach a server. By itself, the Lambda client would repeat a request nine times. */
export const clients: Readonly<Record<"direct invocation" | "signed HTTPS", Connect>> = {
  "direct invocation": (endpoint, options) => {
    const client = new LambdaClient({ region, credentials, endpoint, maxAttempts: 10 })
    return createClient(overLambda({ client, functions: (name) => name }), options)
  },
  "signed HTTPS": (url, options) => createClient(overHttps({ url, region, credentials }), options),
}

/** A client over a transport that returns anything, and how often it was called. */
export function over(call: () => unknown, options?: ClientOptions) {
  let calls = 0
  const transport = {
    call: () => {
      calls += 1
      return call()
    },
  }
  return { client: createClient(transport as Transport, options), calls: () => calls }
}

/** A server that ends with the test. */
export function startServer(answer: (socket: Socket, index: number) => void): Promise<ScriptedServer> {
  return serve({
    onRequest: (socket, _request, index) => {
      answer(socket, index)
    },
  })
}

/** Sends an ordinary HTTP answer. */
export function sends(status: number, body: string | object, head: readonly string[] = []) {
  const text = typeof body === "string" ? body : JSON.stringify(body)
  return (socket: Socket): void => {
    socket.write(http(status, text, head))
  }
}

/** A failed result as it is expected to be. */
export function failure(code: string, changes: object = {}): object {
  const error_description = expect.any(String) as string
  return { ok: false, error: { code, error_description, retryable: false, ...changes } }
}

/** An error whose message no result may repeat. */
export const secretError = new Error("a secret text")

export function throws(): never {
  throw secretError
}
