import { readFileSync } from "node:fs"
import { request as httpRequest } from "node:http"
import type { APIGatewayProxyEventV2WithIAMAuthorizer } from "aws-lambda"
import { beforeEach, describe, expect, it, onTestFinished } from "vitest"
import { randomCredentials } from "../../local/credentials.ts"
import { readRoutes, startHttpApi, type HttpApiOptions, type LocalHttpApi } from "../../local/http-api.ts"
import type { LambdaResult } from "../../local/lambda.ts"
import { withHostName } from "../../local/loopback.ts"
// Amazon's own sample of an event: "Create AWS Lambda proxy integrations for HTTP APIs", payload format 2.0.
import published from "../fixtures/lambda/http-api-event.json" with { type: "json" }
import { signedHeaders } from "../support/signed-request.ts"

const origin = "https://app.example.com"
const credentials = randomCredentials()
const cors = {
  allowedOrigins: [origin],
  allowedHeaders: ["Content-Type", "X-CSRF"],
  allowedMethods: ["POST"],
  allowCredentials: true,
  maxAge: 7200,
}
const routes = readRoutes(`
  functions:
    echo:
      events:
        - httpApi: { method: POST, path: /echo }
        - httpApi: { method: post, path: /signed/echo, authorizer: { type: aws_iam } }
        - httpApi: GET /echo
        - httpApi: POST /my/path
`)

let api: LocalHttpApi
let events: APIGatewayProxyEventV2WithIAMAuthorizer[]
let result: { payload: unknown; functionError: LambdaResult["functionError"] }

const echo = {
  invoke(event: unknown) {
    events.push(event as APIGatewayProxyEventV2WithIAMAuthorizer)
    return Promise.resolve({ requestId: "", ...result })
  },
}

/** Starts an API for one test. */
async function start(options: Partial<HttpApiOptions>): Promise<LocalHttpApi> {
  const started = await startHttpApi({ routes, functions: { echo }, ...options })
  onTestFinished(() => started.close())
  return started
}

beforeEach(async () => {
  events = []
  result = { payload: { statusCode: 200 }, functionError: undefined }
  api = await start({ cors, credentials })
})

function post(
  path: string,
  init: RequestInit = {},
  { url }: { readonly url: string } = api,
): Promise<Response> {
  return fetch(url + path, { method: "POST", ...init })
}

describe("an event of the local HTTP API", () => {
  it("has the members of Amazon's sample, each of the same shape", async () => {
    const { requestContext, cookies, rawQueryString, body } = published
    const headers = { ...published.headers, cookie: cookies.join("; "), "user-agent": "agent" }
    await post(`/my/path?${rawQueryString}`, { headers, body }, { url: withHostName(api.url, "localhost") })
    // Every path is exact, the stage has no variables; there are no client certificates, and IAM in the place of JWT.
    const leftOut = { pathParameters: undefined, stageVariables: undefined }
    const leftOutOfContext = { authentication: undefined, authorizer: undefined }
    const routeKey = "POST /my/path"
    const text = expect.any(String) as string
    const sourceIp = expect.stringMatching(/^\d+(\.\d+){3}$/) as string
    expect(events[0]).toEqual({
      ...{ ...published, ...leftOut, routeKey },
      headers: expect.objectContaining(published.headers) as object,
      requestContext: {
        ...{ ...requestContext, ...leftOutOfContext },
        ...{ routeKey, requestId: text, apiId: text, domainName: text, domainPrefix: text },
        accountId: expect.stringMatching(/^\d{12}$/) as string,
        http: { ...requestContext.http, sourceIp },
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/) as string,
        timeEpoch: expect.any(Number) as number,
      },
    })
  })

  it("leaves out what the request does not have", async () => {
    await fetch(`${api.url}/echo`)
    for (const name of ["body", "cookies", "queryStringParameters"])
      expect(events[0]).not.toHaveProperty(name)
    expect(events[0]).toMatchObject({ routeKey: "GET /echo", rawQueryString: "", isBase64Encoded: false })
  })

  it("joins repeated query parameters and headers with a comma", async () => {
    const { hostname, port } = new URL(api.url)
    const headers = { Origin: ["a", "b"], "X-Two": ["1", "2"] }
    await new Promise((resolve) => {
      const sent = httpRequest({ hostname, port, path: "/echo?a=1&b=%C3%A6&a=2", headers })
      sent.on("response", (response) => response.resume().on("end", resolve)).end()
    })
    expect(events[0]).toMatchObject({
      rawQueryString: "a=1&b=%C3%A6&a=2",
      queryStringParameters: { a: "1,2", b: "æ" },
      headers: { origin: "a,b", "x-two": "1,2" },
    })
  })

  it.each([
    ["text/plain", false],
    ["application/json; charset=utf-8", false],
    ["application/x-www-form-urlencoded", true],
    [undefined, true],
  ])("has a body of type %s in base64: %s", async (type, isBase64Encoded) => {
    const bytes = Buffer.from("code=a&b=æ")
    await post("/echo", { body: bytes, headers: type === undefined ? {} : { "Content-Type": type } })
    const body = bytes.toString(isBase64Encoded ? "base64" : "utf8")
    expect(events[0]).toMatchObject({ body, isBase64Encoded })
  })
})

describe("the answer of the local HTTP API", () => {
  it("is what the function says: status, headers, cookies and body", async () => {
    result.payload = {
      statusCode: 418,
      headers: { "Content-Type": "text/html", "Retry-After": 3 },
      cookies: ["a=1; Secure", "b=2"],
      body: "æ",
    }
    const response = await post("/echo")
    expect([response.status, await response.text()]).toEqual([418, "æ"])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html",
      "retry-after": "3",
    })
    expect(response.headers.getSetCookie()).toEqual(["a=1; Secure", "b=2"])
  })

  it("has the bytes of a base64 body, and is JSON for a result without a status", async () => {
    result.payload = { statusCode: 200, body: "AP8B", isBase64Encoded: true }
    expect(new Uint8Array(await (await post("/echo")).arrayBuffer())).toEqual(Uint8Array.of(0, 255, 1))
    result.payload = { token_type: "Bearer" }
    const response = await post("/echo")
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"])
    expect(await response.json()).toEqual({ token_type: "Bearer" })
  })

  it.each<[string, object, LambdaResult["functionError"]?]>([
    ["a function that fails", { errorMessage: "secret" }, "Unhandled"],
    ["a status that is none", { statusCode: "OK" }],
    ["a body that is not text", { statusCode: 200, body: { a: 1 } }],
    ["headers with a list", { statusCode: 200, headers: { a: ["1"] } }],
    ["a header that HTTP does not allow", { statusCode: 200, headers: { a: "1\n2" } }],
  ])("is 500, without a word of the reason, for %s", async (_what, payload, functionError) => {
    result = { payload, functionError }
    const response = await post("/echo")
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({ message: "Internal Server Error" })
  })

  it("is 404 for a method or a path that has no route", async () => {
    for (const path of ["/other", "/echo/"]) expect((await post(path)).status).toBe(404)
    for (const method of ["PUT", "OPTIONS"]) expect((await post("/echo", { method })).status).toBe(404)
    expect(events).toEqual([])
  })

  it("is 413 for a body over ten megabytes, and not for one of ten megabytes", async () => {
    const limit = 10 * 1024 * 1024
    expect((await post("/echo", { body: Buffer.alloc(limit + 1) })).status).toBe(413)
    expect(events).toEqual([])
    expect((await post("/echo", { body: Buffer.alloc(limit) })).status).toBe(200)
  })
})

describe("CORS at the local HTTP API", () => {
  const preflight = (from: string) => ({
    method: "OPTIONS",
    headers: { Origin: from, "Access-Control-Request-Method": "POST" },
  })
  const elsewhere = "https://evil.example.com"

  function corsHeaders(response: Response): Record<string, string> {
    return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("access-control-")))
  }

  it("is answered by the gateway itself for a preflight request, with headers for a listed origin alone", async () => {
    const response = await post("/echo", preflight(origin))
    expect(response.status).toBe(204)
    expect(corsHeaders(response)).toEqual({
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "Content-Type,X-CSRF",
      "access-control-max-age": "7200",
    })
    const refused = await post("/echo", preflight(elsewhere))
    expect([refused.status, corsHeaders(refused)]).toEqual([204, {}])
    expect(events).toEqual([])
  })

  it("replaces what the function says, and still invokes the function for another origin", async () => {
    result.payload = {
      statusCode: 200,
      headers: { "Access-Control-Allow-Origin": "*", "access-control-expose-headers": "x", Vary: "Origin" },
    }
    const listed = await post("/echo", { headers: { Origin: origin } })
    expect(corsHeaders(listed)).toEqual({
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
    })
    expect(listed.headers.get("vary")).toBe("Origin")
    expect(corsHeaders(await post("/echo", { headers: { Origin: elsewhere } }))).toEqual({})
    expect(events).toHaveLength(2)
  })

  it("is left to the function when the API has no configuration", async () => {
    const own = { "access-control-allow-origin": "https://own.example.com" }
    result.payload = { statusCode: 200, headers: own }
    const without = await start({})
    expect(corsHeaders(await post("/echo", { headers: { Origin: origin } }, without))).toEqual(own)
    expect((await post("/echo", preflight(origin), without)).status).toBe(404)
  })
})

it("a signed route of the local HTTP API takes signed requests alone, and tells the function who signed", async () => {
  const body = '{"code":"abc"}'
  const postSigned = async (path: string, secretAccessKey = credentials.secretAccessKey, at = api) => {
    const signer = { ...credentials, secretAccessKey }
    const request = { url: at.url + path, service: "execute-api", body, credentials: signer }
    return await post(path, { headers: await signedHeaders(request), body }, at)
  }
  for (const refused of [
    await post("/signed/echo", { body }),
    await postSigned("/signed/echo", "guessed"),
    // It knows no key.
    await postSigned("/signed/echo", undefined, await start({})),
  ]) {
    expect([refused.status, await refused.json()]).toEqual([403, { message: "Forbidden" }])
  }
  expect(events).toEqual([])
  // In whatever order the query is.
  expect((await postSigned("/signed/echo?b=2&a=%C3%A6%20(1)&b=1&a-b=3")).status).toBe(200)
  expect(events[0]?.requestContext.authorizer).toMatchObject({ iam: { accessKey: credentials.accessKeyId } })
  await postSigned("/echo")
  expect(events[1]?.requestContext).not.toHaveProperty("authorizer")
})

describe("the routes of the local HTTP API", () => {
  it("are read from the events of every function, and so from this repository's serverless.yml", () => {
    expect(routes).toEqual([
      { method: "POST", path: "/echo", functionName: "echo", authorizer: "none" },
      { method: "POST", path: "/signed/echo", functionName: "echo", authorizer: "aws_iam" },
      { method: "GET", path: "/echo", functionName: "echo", authorizer: "none" },
      { method: "POST", path: "/my/path", functionName: "echo", authorizer: "none" },
    ])
    const yml = readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8")
    const route = { method: "POST", path: "/signed/token", functionName: "token", authorizer: "aws_iam" }
    expect(readRoutes(yml)).toContainEqual(route)
  })

  it("are refused at the start when they are not one exact method and path to a function that is there", async () => {
    const inexact = [
      '"GET /things/{id}"',
      "ANY /things",
      "{ method: GET, path: /, authorizer: { name: jwt } }",
    ]
    for (const event of inexact)
      expect(() => readRoutes(`functions: { thing: { events: [{ httpApi: ${event} }] } }`)).toThrow(
        /^thing: /,
      )
    await expect(start({ functions: {} })).rejects.toThrow("there is a route to echo, but no such function")
  })
})
