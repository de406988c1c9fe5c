import { once } from "node:events"
import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { randomCredentials } from "../../local/credentials.ts"
import { startCloudFormation } from "../../local/cloudformation.ts"
import { startLambdaApi } from "../../local/lambda-api.ts"
import { isLoopbackHost } from "../../local/loopback.ts"
import { startSecretsManager } from "../../local/secrets-manager.ts"
import { send, signedHeaders, type SignedPost } from "../support/signed-request.ts"

const credentials = randomCredentials()
const secret = "the developer's client secret"
const minuteMs = 60_000

/** A request that each endpoint answers with the secret, and the status with which it refuses a signature. */
const endpoints = {
  "Secrets Manager": {
    start: async () => {
      const local = await startSecretsManager({ credentials })
      local.put("a/secret", secret)
      return local
    },
    refused: 400,
    path: "/",
    service: "secretsmanager",
    headers: { "x-amz-target": "secretsmanager.GetSecretValue" },
    body: '{"SecretId":"a/secret"}',
  },
  "Lambda's API": {
    start: () =>
      startLambdaApi({
        credentials,
        functions: {
          tell: {
            invoke: () => Promise.resolve({ payload: secret, functionError: undefined, requestId: "1" }),
          },
        },
      }),
    refused: 403,
    path: "/2015-03-31/functions/tell/invocations",
    service: "lambda",
    headers: { "x-amz-invocation-type": "RequestResponse" },
    body: "{}",
  },
  CloudFormation: {
    start: () => startCloudFormation({ credentials, service: "service", outputs: { Secret: secret } }),
    refused: 403,
    path: "/",
    service: "cloudformation",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "Action=DescribeStacks&StackName=service-sod",
  },
}

describe.each(Object.entries(endpoints))("the local %s", (_name, { start, refused, path, ...request }) => {
  let local: Awaited<ReturnType<typeof start>>
  let post: SignedPost

  beforeEach(async () => {
    local = await start()
    post = { ...request, url: local.url + path, credentials }
  })

  afterEach(() => local.close())

  /** Signs the post with the given changes, sends it with the given other headers and body. */
  async function sendSigned(
    changes: Partial<SignedPost>,
    { headers = {}, body = post.body }: Partial<Pick<SignedPost, "headers" | "body">> = {},
  ) {
    return await send(post.url, { ...(await signedHeaders({ ...post, ...changes })), ...headers }, body)
  }

  it.each(["127.0.0.1", "LOCALHOST:8080", "[::1]:8080"])(
    "answers a request that is signed with the run's key, for Host %s (C80)",
    async (host) => {
      const answer = await sendSigned({ headers: { ...post.headers, host } })
      expect(answer).toMatchObject({ status: 200, body: expect.stringContaining(secret) as string })
    },
  )

  it("answers a signer whose clock is four minutes off", async () => {
    for (const offMs of [-4 * minuteMs, 4 * minuteMs]) {
      const answer = await sendSigned({ signingDate: new Date(Date.now() + offMs) })
      expect(answer.status).toBe(200)
    }
  })

  it("refuses a request that is not signed (C80)", async () => {
    const { host } = new URL(post.url)
    const answer = await send(post.url, { ...post.headers, host }, post.body)
    expect(answer).toMatchObject({ status: refused, type: "MissingAuthenticationTokenException" })
    expect(answer.body).not.toContain(secret)
  })

  it.each<[string, string, Partial<SignedPost>]>([
    [
      "another secret access key",
      "InvalidSignatureException",
      { credentials: { ...credentials, secretAccessKey: randomCredentials().secretAccessKey } },
    ],
    [
      "an unknown access key id",
      "UnrecognizedClientException",
      { credentials: { ...credentials, accessKeyId: "AKIDOTHER" } },
    ],
    ["the scope of another service", "InvalidSignatureException", { service: "execute-api" }],
    [
      "the scope of another region",
      "InvalidSignatureException",
      { credentials: { ...credentials, region: "us-east-1" } },
    ],
    [
      "a date six minutes ago",
      "InvalidSignatureException",
      { signingDate: new Date(Date.now() - 6 * minuteMs) },
    ],
    [
      "a date in six minutes",
      "InvalidSignatureException",
      { signingDate: new Date(Date.now() + 6 * minuteMs) },
    ],
  ])("refuses a signature with %s (C80)", async (_what, type, changes) => {
    const answer = await sendSigned(changes)
    expect(answer).toMatchObject({ status: refused, type })
    expect(answer.body).not.toContain(secret)
  })

  it.each<[string, string, Partial<Pick<SignedPost, "headers" | "body">>]>([
    ["whose body was changed after it was signed", "InvalidSignatureException", { body: '{"SecretId":"b"}' }],
    [
      "whose body is left out of the signature",
      "InvalidSignatureException",
      { headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
    ],
    ["with an X-Amz- header that is not signed", "InvalidSignatureException", { headers: { "x-amz-a": "" } }],
    ["with a changed header", "InvalidSignatureException", { headers: { "content-type": "text/plain" } }],
    [
      "whose date was changed",
      "InvalidSignatureException",
      { headers: { "x-amz-date": "20260101T000000Z" } },
    ],
    ["without a date", "InvalidSignatureException", { headers: { "x-amz-date": "" } }],
    [
      "that authenticates otherwise",
      "IncompleteSignatureException",
      { headers: { authorization: "Bearer token" } },
    ],
  ])("refuses a request %s (C80)", async (_what, type, sent) => {
    const answer = await sendSigned({}, sent)
    expect(answer).toMatchObject({ status: refused, type })
    expect(answer.body).not.toContain(secret)
  })

  it.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost@evil.example",
    "127.0.0.1:8080, evil.example",
  ])("refuses the Host %s, even if it is signed with the run's key (C80)", async (host) => {
    const answer = await sendSigned({ headers: { ...post.headers, host } })
    expect(answer).toMatchObject({ status: 421, type: "MisdirectedRequest" })
  })

  it("refuses a request without a Host (C80)", async () => {
    const { port, pathname } = new URL(post.url)
    const headers = Object.entries(await signedHeaders(post)).filter(([name]) => name !== "host")
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
    const socket = connect(Number(port), "127.0.0.1")
    await once(socket, "connect")
    socket.write(
      `POST ${pathname} HTTP/1.0\r\n${lines.join("")}content-length: ${post.body.length}\r\n\r\n${post.body}`,
    )
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 421 /)
  })
})

it.each([
  ["localhost", true],
  ["localhost:1", true],
  ["localhost.", false],
  ["localhost.evil.example", false],
  ["::1", false],
  ["127.0.0.1:", false],
  ["127.0.0.2", false],
  ["0.0.0.0", false],
  ["", false],
  [undefined, false],
])("the Host %s is loopback: %s", (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected)
})

it("the key of a run is random", () => {
  const keys = new Set(Array.from({ length: 50 }, () => randomCredentials().secretAccessKey))
  expect(keys.size).toBe(50)
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{40}$/)
})
