import { createHash, createHmac } from "node:crypto"
import { readFileSync } from "node:fs"
import { request as httpRequest } from "node:http"
import { fileURLToPath } from "node:url"
import { SignatureV4 } from "@smithy/signature-v4"
import type { APIGatewayProxyEventV2WithIAMAuthorizer } from "aws-lambda"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { LocalHttpApi } from "../../local/http-api.ts"
import { readRoutes, startHttpApi } from "../../local/http-api.ts"
import type { LambdaResult } from "../../local/lambda.ts"
import { startFunction } from "../../local/lambda.ts"

const origin = "https://app.example.com"
const credentials = {
  accessKeyId: "AKIALOCAL",
  secretAccessKey: "local-secret",
  region: "eu-west-1",
  accountId: "111122223333",
}
const cors = {
  allowedOrigins: [origin],
  allowedHeaders: ["Content-Type", "X-CSRF"],
  allowedMethods: ["POST"],
  allowCredentials: true,
  maxAge: 600,
}
const routes = readRoutes(`
  functions:
    echo:
      events:
        - httpApi: { method: POST, path: /echo }
        - httpApi: { method: post, path: /signed/echo, authorizer: { type: aws_iam } }
        - httpApi: GET /echo
`)

let api: LocalHttpApi
let events: APIGatewayProxyEventV2WithIAMAuthorizer[]
let result: { payload: unknown; functionError?: LambdaResult["functionError"] }

function start(more: Partial<Parameters<typeof startHttpApi>[0]> = {}): Promise<LocalHttpApi> {
  const echo = {
    invoke(event: unknown) {
      events.push(event as APIGatewayProxyEventV2WithIAMAuthorizer)
      return Promise.resolve({ functionError: undefined, requestId: "", ...result })
    },
  }
  return startHttpApi({ routes, functions: { echo }, cors, credentials, ...more })
}

beforeEach(async () => {
  events = []
  result = { payload: { statusCode: 200 } }
  api = await start()
})

afterEach(() => api.close())

function post(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(api.url + path, { method: "POST", ...init })
}

describe("the event", () => {
  it("has every field of payload 2.0", async () => {
    const before = Date.now()
    const response = await post("/echo?a=1&b=%C3%A6&a=2", {
      body: '{"text":"æ"}',
      headers: { "Content-Type": "application/json; charset=utf-8", "X-Custom": "1", "User-Agent": "tester" },
    })
    const [event] = events
    const { host } = new URL(api.url)
    expect(event).toEqual({
      version: "2.0",
      routeKey: "POST /echo",
      rawPath: "/echo",
      rawQueryString: "a=1&b=%C3%A6&a=2",
      headers: {
        accept: "*/*",
        "accept-encoding": expect.any(String) as string,
        "accept-language": "*",
        "content-length": "13",
        "content-type": "application/json; charset=utf-8",
        host,
        "sec-fetch-mode": "cors",
        "user-agent": "tester",
        "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/) as string,
        "x-custom": "1",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
      },
      queryStringParameters: { a: "1,2", b: "æ" },
      requestContext: {
        accountId: "111122223333",
        apiId: "local",
        domainName: "127.0.0.1",
        domainPrefix: "127",
        http: {
          method: "POST",
          path: "/echo",
          protocol: "HTTP/1.1",
          sourceIp: "127.0.0.1",
          userAgent: "tester",
        },
        requestId: response.headers.get("apigw-requestid"),
        routeKey: "POST /echo",
        stage: "$default",
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/) as string,
        timeEpoch: expect.any(Number) as number,
      },
      body: '{"text":"æ"}',
      isBase64Encoded: false,
    })
    expect(event?.requestContext.timeEpoch).toBeGreaterThanOrEqual(before)
  })

  it("leaves out what the request does not have", async () => {
    await fetch(`${api.url}/echo`)
    expect(events[0]).not.toHaveProperty("body")
    expect(events[0]).not.toHaveProperty("cookies")
    expect(events[0]).not.toHaveProperty("queryStringParameters")
    expect(events[0]).toMatchObject({ routeKey: "GET /echo", rawQueryString: "", isBase64Encoded: false })
  })

  it("has cookies as a list, and not among the headers", async () => {
    await post("/echo", { headers: { Cookie: "__Host-a=1; b=x=y" } })
    expect(events[0]?.cookies).toEqual(["__Host-a=1", "b=x=y"])
    expect(events[0]?.headers).not.toHaveProperty("cookie")
  })

  it("joins repeated headers with a comma", async () => {
    const { hostname, port } = new URL(api.url)
    await new Promise((resolve) => {
      const sent = httpRequest({
        hostname,
        port,
        path: "/echo",
        headers: { Origin: ["a", "b"], "X-Two": ["1", "2"] },
      })
      sent.on("response", (response) => response.resume().on("end", resolve)).end()
    })
    expect(events[0]?.headers).toMatchObject({ origin: "a,b", "x-two": "1,2" })
  })

  it.each([
    ["text/plain", false],
    ["application/xml", false],
    ["application/x-www-form-urlencoded", true],
    ["application/octet-stream", true],
    ["multipart/form-data; boundary=x", true],
  ])("has a body of type %s in base64: %s", async (type, isBase64Encoded) => {
    await post("/echo", { body: Buffer.from("code=a&b=æ"), headers: { "Content-Type": type } })
    const body = isBase64Encoded ? Buffer.from("code=a&b=æ").toString("base64") : "code=a&b=æ"
    expect(events[0]).toMatchObject({ body, isBase64Encoded })
  })

  it("has a body without a type in base64", async () => {
    await post("/echo", { body: Buffer.from("{}") })
    expect(events[0]).toMatchObject({ body: "e30=", isBase64Encoded: true })
  })
})

describe("the answer", () => {
  it("is what the function says: status, headers, cookies and body", async () => {
    result.payload = {
      statusCode: 418,
      headers: { "Content-Type": "text/html", "Retry-After": 3 },
      cookies: ["a=1; Secure", "b=2"],
      body: "æ",
    }
    const response = await post("/echo")
    expect(response.status).toBe(418)
    expect(response.headers.get("content-type")).toBe("text/html")
    expect(response.headers.get("retry-after")).toBe("3")
    expect(response.headers.getSetCookie()).toEqual(["a=1; Secure", "b=2"])
    expect(await response.text()).toBe("æ")
  })

  it("has the bytes of a base64 body", async () => {
    result.payload = { statusCode: 200, body: "AP8B", isBase64Encoded: true }
    expect(new Uint8Array(await (await post("/echo")).arrayBuffer())).toEqual(Uint8Array.of(0, 255, 1))
  })

  it("is 200 and JSON for a result without a status", async () => {
    result.payload = { token_type: "Bearer" }
    const response = await post("/echo")
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(await response.json()).toEqual({ token_type: "Bearer" })
  })

  it.each([
    ["a status that is none", { statusCode: "OK" }],
    ["a body that is not text", { statusCode: 200, body: { a: 1 } }],
    ["headers with a list", { statusCode: 200, headers: { a: ["1"] } }],
    ["cookies that are no list", { statusCode: 200, cookies: "a=1" }],
    ["a header that HTTP does not allow", { statusCode: 200, headers: { a: "1\n2" } }],
    ["a cookie that HTTP does not allow", { statusCode: 200, cookies: ["a=\n"] }],
  ])("is 500 for %s", async (_, payload) => {
    result.payload = payload
    const response = await post("/echo")
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({ message: "Internal Server Error" })
  })

  it("is 500 when the function fails, without a word of the error", async () => {
    result = { payload: { errorMessage: "secret" }, functionError: "Unhandled" }
    const response = await post("/echo")
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({ message: "Internal Server Error" })
  })

  it.each([
    ["POST", "/other"],
    ["POST", "/echo/"],
    ["PUT", "/echo"],
    ["OPTIONS", "/echo"],
  ])("is 404 for %s %s", async (method, path) => {
    const response = await post(path, { method })
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({ message: "Not Found" })
    expect(events).toEqual([])
  })

  it("is 413 for a body over ten megabytes, and not for one of ten megabytes", async () => {
    const limit = 10 * 1024 * 1024
    expect((await post("/echo", { body: Buffer.alloc(limit + 1) })).status).toBe(413)
    expect(events).toEqual([])
    expect((await post("/echo", { body: Buffer.alloc(limit) })).status).toBe(200)
  })
})

describe("CORS", () => {
  const preflight = {
    method: "OPTIONS",
    headers: { Origin: origin, "Access-Control-Request-Method": "POST" },
  }

  function corsHeaders(response: Response): Record<string, string> {
    return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("access-control-")))
  }

  it("is answered by the gateway itself for a preflight request from a listed origin", async () => {
    const response = await post("/echo", preflight)
    expect(response.status).toBe(204)
    expect(corsHeaders(response)).toEqual({
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "Content-Type,X-CSRF",
      "access-control-max-age": "600",
    })
    expect(events).toEqual([])
  })

  it("is refused by silence for a preflight request from another origin", async () => {
    const headers = { ...preflight.headers, Origin: "https://evil.example.com" }
    const response = await post("/echo", { ...preflight, headers })
    expect(response.status).toBe(204)
    expect(corsHeaders(response)).toEqual({})
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
    const unlisted = await post("/echo", { headers: { Origin: "https://evil.example.com" } })
    expect(corsHeaders(unlisted)).toEqual({})
    expect(events).toHaveLength(2)
  })

  it("covers the gateway's own errors", async () => {
    const response = await post("/other", { headers: { Origin: origin } })
    expect(response.status).toBe(404)
    expect(response.headers.get("access-control-allow-origin")).toBe(origin)
  })

  it("is left to the function when the API has no configuration", async () => {
    await api.close()
    api = await startHttpApi({
      routes: routes.filter(({ method }) => method === "POST"),
      functions: {
        echo: {
          invoke: () =>
            Promise.resolve({
              payload: {
                statusCode: 200,
                headers: { "Access-Control-Allow-Origin": "https://own.example.com" },
              },
              functionError: undefined,
              requestId: "",
            }),
        },
      },
    })
    const response = await post("/echo", { headers: { Origin: origin } })
    expect(corsHeaders(response)).toEqual({ "access-control-allow-origin": "https://own.example.com" })
    expect((await post("/echo", preflight)).status).toBe(404)
  })
})

describe("the IAM authorizer", () => {
  class Sha256 {
    readonly #hash
    constructor(key?: unknown) {
      this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", key as Buffer)
    }
    update(data: unknown): void {
      this.#hash.update(data as Buffer)
    }
    digest(): Promise<Uint8Array> {
      return Promise.resolve(this.#hash.digest())
    }
    reset(): void {
      throw new Error("a hash is used once")
    }
  }

  interface Deviation {
    readonly accessKeyId?: string
    readonly secretAccessKey?: string
    readonly region?: string
    readonly service?: string
    readonly skewSeconds?: number
  }

  const body = '{"code":"abc"}'

  /** The headers that the AWS SDK's own signer gives a request. */
  async function sign(
    deviation: Deviation = {},
    pathAndQuery = "/signed/echo",
  ): Promise<Record<string, string>> {
    const { region, service = "execute-api", skewSeconds = 0, ...identity } = { ...credentials, ...deviation }
    const { hostname, port, pathname, searchParams } = new URL(pathAndQuery, api.url)
    const signer = new SignatureV4({ credentials: identity, region, service, sha256: Sha256 })
    const signed = await signer.sign(
      {
        method: "POST",
        protocol: "http:",
        hostname,
        path: pathname,
        query: Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)])),
        headers: { host: `${hostname}:${port}`, "content-type": "application/json" },
        body,
      },
      { signingDate: new Date(Date.now() + skewSeconds * 1000) },
    )
    return signed.headers
  }

  it("lets a properly signed request through, and tells the function who signed it", async () => {
    const response = await post("/signed/echo", { headers: await sign(), body })
    expect(response.status).toBe(200)
    expect(events[0]?.requestContext.authorizer).toEqual({
      iam: {
        accessKey: "AKIALOCAL",
        accountId: "111122223333",
        callerId: "AIDALOCALUSER",
        cognitoIdentity: null,
        principalOrgId: "o-local",
        userArn: "arn:aws:iam::111122223333:user/local",
        userId: "AIDALOCALUSER",
      },
    })
  })

  it("takes a clock that is four minutes off, and a query in any order", async () => {
    const query = "/signed/echo?b=2&a=%C3%A6%20(1)&b=1&a-b=3"
    for (const skewSeconds of [-240, 240]) {
      const headers = await sign({ skewSeconds }, query)
      expect((await post(query, { headers, body })).status).toBe(200)
    }
  })

  it("does not read a signature on a route without the authorizer", async () => {
    await post("/echo", { headers: await sign({}, "/echo"), body })
    expect(events[0]?.requestContext).not.toHaveProperty("authorizer")
  })

  it.each<[string, Deviation]>([
    ["another secret", { secretAccessKey: "guessed" }],
    ["another access key", { accessKeyId: "AKIAOTHER" }],
    ["the scope of another region", { region: "us-east-1" }],
    ["the scope of another service", { service: "lambda" }],
    ["a date six minutes ago", { skewSeconds: -360 }],
    ["a date in six minutes", { skewSeconds: 360 }],
  ])("refuses a signature with %s", async (_, deviation) => {
    const response = await post("/signed/echo", { headers: await sign(deviation), body })
    expect(response.status).toBe(403)
    expect(await response.json()).toEqual({ message: "Forbidden" })
    expect(events).toEqual([])
  })

  it.each<[string, (headers: Record<string, string>) => [path: string, init: RequestInit]]>([
    ["no signature", () => ["/signed/echo", { body }]],
    ["another authorization", () => ["/signed/echo", { headers: { authorization: "Bearer x" }, body }]],
    ["another body", (headers) => ["/signed/echo", { headers, body: "{}" }]],
    ["another query", (headers) => ["/signed/echo?a=1", { headers, body }]],
    [
      "a changed header",
      (headers) => ["/signed/echo", { headers: { ...headers, "content-type": "text/plain" }, body }],
    ],
    [
      "an unsigned body",
      (headers) => [
        "/signed/echo",
        { headers: { ...headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }, body },
      ],
    ],
    [
      "an unsigned host",
      ({ authorization = "", ...headers }) => [
        "/signed/echo",
        { headers: { ...headers, authorization: authorization.replace("host;", "") }, body },
      ],
    ],
  ])("refuses a request with %s", async (_, change) => {
    const response = await post(...change(await sign()))
    expect(response.status).toBe(403)
    expect(events).toEqual([])
  })

  it("refuses everybody when no credential is known", async () => {
    await api.close()
    const closedApi = await startHttpApi({
      routes: routes.filter(({ authorizer }) => authorizer === "aws_iam"),
      functions: { echo: { invoke: () => Promise.reject(new Error("not to be called")) } },
    })
    const response = await fetch(`${closedApi.url}/signed/echo`, {
      method: "POST",
      headers: await sign(),
      body,
    })
    expect(response.status).toBe(403)
    await closedApi.close()
  })
})

describe("routes", () => {
  it("are read from the events of every function", () => {
    expect(routes).toEqual([
      { method: "POST", path: "/echo", functionName: "echo", authorizer: "none" },
      { method: "POST", path: "/signed/echo", functionName: "echo", authorizer: "aws_iam" },
      { method: "GET", path: "/echo", functionName: "echo", authorizer: "none" },
    ])
  })

  it("are read from this repository's serverless.yml", () => {
    const yml = readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8")
    expect(readRoutes(yml)).toContainEqual({
      method: "POST",
      path: "/signed/token",
      functionName: "token",
      authorizer: "aws_iam",
    })
  })

  it.each([
    ["a variable in the path", '"GET /things/{id}"'],
    ["every method", "ANY /things"],
    ["every path", '"*"'],
    ["another authorizer", "{ method: GET, path: /things, authorizer: { name: jwt } }"],
  ])("with %s are refused at the start", (_, event) => {
    expect(() => readRoutes(`functions: { thing: { events: [{ httpApi: ${event} }] } }`)).toThrow(/^thing: /)
  })

  it("to a function that is not there are refused at the start", async () => {
    await expect(start({ functions: {} })).rejects.toThrow("there is a route to echo, but no such function")
  })
})

it("invokes a function that runs as Lambda runs it", async () => {
  await api.close()
  const bundle = fileURLToPath(new URL("../fixtures/lambda/probe.cjs", import.meta.url))
  const echo = startFunction({ name: "echo", bundle, env: {} })
  api = await start({ functions: { echo } })
  expect(await (await post("/echo?x=1")).json()).toMatchObject({ calls: 1, event: { rawQueryString: "x=1" } })
  await echo.close()
})

it("names the port when it is in use", async () => {
  const port = Number(new URL(api.url).port)
  await expect(start({ port })).rejects.toMatchObject({
    code: "EADDRINUSE",
    message: `port ${port} of 127.0.0.1 is already in use`,
  })
})
