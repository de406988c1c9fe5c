import { request as requestHttp, type IncomingMessage } from "node:http"
import { request as requestHttps } from "node:https"
import { text } from "node:stream/consumers"
import { signRequest } from "../sign-request.ts"
import type { Stack } from "../stack.ts"

/** A POST to the stack's HTTP API. */
export interface ApiRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface ApiAnswer {
  readonly status: number
  readonly reason: string
  /** As they came, so that several cookies stay apart. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

export type Send = (request: ApiRequest) => Promise<ApiAnswer>

/** Sends requests to the stack, signed with the key of this run where the API wants that; `ca` is its certificate. */
export function createSend({ url, credentials }: Pick<Stack, "url" | "credentials">, ca?: string): Send {
  return async ({ path, headers, body }) => {
    const target = new URL(url + path)
    const isSigned = path.startsWith("/signed/")
    const signed = isSigned
      ? await signRequest(target, body, credentials, headers["Content-Type"])
      : { ...headers, "Content-Length": String(Buffer.byteLength(body)) }
    return await post(target, { headers: signed, body, ca })
  }
}

/** `fetch` takes neither a certificate of its own nor the headers that only browsers write. */
async function post(
  url: URL,
  { body, ...options }: Pick<ApiRequest, "headers" | "body"> & { readonly ca: string | undefined },
): Promise<ApiAnswer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = url.protocol === "https:" ? requestHttps : requestHttp
    request(url, { method: "POST", agent: false, ...options }, resolve)
      .on("error", reject)
      .end(body)
  })
  const { statusCode: status = 0, statusMessage: reason = "", rawHeaders: raw } = response
  const headers = raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ""] as const] : []))
  return { status, reason, headers, body: await text(response) }
}
