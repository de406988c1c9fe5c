import { request } from "node:http"
import { text } from "node:stream/consumers"
import { SignatureV4 } from "@smithy/signature-v4"
import { Sha256 } from "../../client/cloud/sha256.ts"
import type { LocalCredentials } from "../../local/credentials.ts"

/** A POST to an AWS service, and what it is signed with. */
export interface SignedPost {
  readonly url: string
  readonly service: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
  readonly credentials: LocalCredentials
  readonly signingDate?: Date
}

/** The request's headers as the signer of the AWS SDK completes them. A `host` among them is signed as it is. */
export async function signedHeaders(post: SignedPost): Promise<Record<string, string>> {
  const { service, credentials, body, signingDate = new Date() } = post
  const { protocol, hostname, host, pathname, searchParams } = new URL(post.url)
  const signer = new SignatureV4({ service, region: credentials.region, credentials, sha256: Sha256 })
  const headers = { host, "content-type": "application/x-amz-json-1.1", ...post.headers }
  const query = Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]))
  const unsigned = { method: "POST", protocol, hostname, path: pathname, query, headers, body }
  return (await signer.sign(unsigned, { signingDate })).headers
}

/** Sends a POST with exactly these headers: `fetch` would not send another Host. */
export async function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<{
  readonly status: number | undefined
  readonly type: string | undefined
  readonly body: string
}> {
  return await new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers, setHost: false, agent: false }, (response) => {
      text(response).then((received) => {
        const { __type } = received.startsWith("{") ? (JSON.parse(received) as { __type?: string }) : {}
        const [, code] = /<Code>(.*)<\/Code>/.exec(received) ?? []
        const type = __type ?? code ?? response.headers["x-amzn-errortype"]?.toString()
        resolve({ status: response.statusCode, type, body: received })
      }, reject)
    })
    sent.on("error", reject).end(body)
  })
}
