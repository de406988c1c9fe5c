import { describe, expect, it, onTestFinished } from "vitest"
import { randomCredentials } from "../../local/credentials.ts"
import { startCloudFormation } from "../../local/cloudformation.ts"
import { startLambdaApi } from "../../local/lambda-api.ts"
import { isLoopbackHost } from "../../local/loopback.ts"
import { startSecretsManager } from "../../local/secrets-manager.ts"
import { send, signedHeaders, type SignedPost } from "../support/signed-request.ts"

const credentials = randomCredentials()
const secret = "the developer's client secret"

const tell = { invoke: () => Promise.resolve({ payload: secret, functionError: undefined, requestId: "1" }) }

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
    start: () => startLambdaApi({ credentials, functions: { tell } }),
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

type Endpoint = (typeof endpoints)[keyof typeof endpoints]
type Sent = Partial<Pick<SignedPost, "headers" | "body">>

/** Starts an endpoint for one test, and gives what sends it a request that is signed as it should be, but for changes. */
async function guarded({ start, refused, path, ...request }: Endpoint) {
  const local = await start()
  onTestFinished(() => local.close())
  const post: SignedPost = { ...request, url: local.url + path, credentials }
  return {
    post,
    /** `sent` is what is changed after the signature was made. */
    sendSigned: async (changes: Partial<SignedPost>, { headers = {}, body = post.body }: Sent = {}) =>
      await send(post.url, { ...(await signedHeaders({ ...post, ...changes })), ...headers }, body),
    refusedAs: (type: string) => ({
      status: refused,
      type,
      body: expect.not.stringContaining(secret) as string,
    }),
  }
}

describe.each(Object.entries(endpoints))("the local %s", (_name, endpoint) => {
  it.each(["127.0.0.1", "LOCALHOST:8080", "[::1]:8080"])(
    "answers a request that is signed with the run's key, for Host %s (C80)",
    async (host) => {
      const { post, sendSigned } = await guarded(endpoint)
      const answer = await sendSigned({ headers: { ...post.headers, host } })
      expect(answer).toMatchObject({ status: 200, body: expect.stringContaining(secret) as string })
    },
  )

  it("refuses a request that is not signed, or not with the run's key (C80)", async () => {
    const { post, sendSigned, refusedAs } = await guarded(endpoint)
    const unsigned = await send(post.url, { ...post.headers, host: new URL(post.url).host }, post.body)
    expect(unsigned).toMatchObject(refusedAs("MissingAuthenticationTokenException"))
    const answer = await sendSigned({ credentials: randomCredentials() })
    expect(answer).toMatchObject(refusedAs("InvalidSignatureException"))
  })

  it.each(["evil.example", "127.0.0.1.evil.example", "127.0.0.1:8080, evil.example"])(
    "refuses the Host %s, even if it is signed with the run's key (C80)",
    async (host) => {
      const { post, sendSigned } = await guarded(endpoint)
      const answer = await sendSigned({ headers: { ...post.headers, host } })
      expect(answer).toMatchObject({ status: 421, type: "MisdirectedRequest" })
    },
  )
})

describe("a signature", () => {
  const endpoint = endpoints["Secrets Manager"]
  const invalid = "InvalidSignatureException"
  const minutesFromNow = (minutes: number) => ({ signingDate: new Date(Date.now() + minutes * 60_000) })

  it.each([-4, 4])("is accepted from a clock that is %i minutes off", async (minutes) => {
    const { sendSigned } = await guarded(endpoint)
    expect((await sendSigned(minutesFromNow(minutes))).status).toBe(200)
  })

  const unknown = { credentials: { ...credentials, accessKeyId: "A" } }
  it.each<[string, string, Partial<SignedPost>, Sent?]>([
    ["it is with an unknown key", "UnrecognizedClientException", unknown],
    ["it is for another service", invalid, { service: "execute-api" }],
    ["it is for another region", invalid, { credentials: { ...credentials, region: "us-east-1" } }],
    ["it is of six minutes ago", invalid, minutesFromNow(-6)],
    ["it is of six minutes from now", invalid, minutesFromNow(6)],
    ["it is none", "IncompleteSignatureException", {}, { headers: { authorization: "Bearer token" } }],
    ["the body is another", invalid, {}, { body: '{"SecretId":"b"}' }],
    [
      "the body is said to be unsigned",
      invalid,
      {},
      { headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
    ],
    ["an X-Amz- header is not signed", invalid, {}, { headers: { "x-amz-a": "" } }],
    ["a header is another", invalid, {}, { headers: { "content-type": "text/plain" } }],
    ["the date is another", invalid, {}, { headers: { "x-amz-date": "20260101T000000Z" } }],
    ["there is no date", invalid, {}, { headers: { "x-amz-date": "" } }],
  ])("is refused when %s (C80)", async (_what, type, changes, sent) => {
    const { sendSigned, refusedAs } = await guarded(endpoint)
    expect(await sendSigned(changes, sent)).toMatchObject(refusedAs(type))
  })

  it("is refused when it does not cover the Host (C80)", async () => {
    const { post, refusedAs } = await guarded(endpoint)
    const { authorization = "", ...headers } = await signedHeaders(post)
    const uncovered = { ...headers, authorization: authorization.replace("host;", "") }
    expect(await send(post.url, uncovered, post.body)).toMatchObject(refusedAs(invalid))
  })
})

it("a request's Host is loopback when it is a name of loopback, with or without a port, and nothing else", () => {
  const others = ["localhost.", "localhost@evil.example", "::1", "127.0.0.1:", "127.0.0.2", "0.0.0.0", ""]
  const hosts = ["localhost", "localhost:1", ...others, undefined]
  expect(hosts.filter(isLoopbackHost)).toEqual(["localhost", "localhost:1"])
})
