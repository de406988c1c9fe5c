import { describe, expect, it } from "vitest"
import { loadConfig } from "../../../lib/config.ts"
import type { ErrorCode } from "../../../lib/contract.ts"
import { ExchangeError, statusOf } from "../../../lib/errors.ts"
import { optionalText } from "../../../lib/request/fields.ts"
import { createHandler, type FunctionSpec } from "../../../lib/request/handler.ts"
import type { RequestContext } from "../../../lib/request/context.ts"
import { exchangeCode, refreshToken } from "../../../lib/operations/token.ts"
import { bodyOf, browserEvent, httpEvent, signedEvent } from "../../support/events.ts"
import {
  accessToken,
  codeVerifier,
  completeEnv,
  jsonAnswer,
  openFrontDoor,
  pageOrigin,
  refreshTokenText,
  rejectedAnswer,
  requestId,
  signingKey,
  tokenAnswer,
} from "../../support/front-door.ts"
import { signedAt, signIdToken, superOfficeClaims } from "../../support/id-tokens.ts"

/** The least function there is: it greets whoever came in. */
const greet: FunctionSpec<string> = {
  name: "greet",
  doors: ["browser", "signed", "direct"],
  needs: { keySet: false, privateKey: false },
  read: (fields) => optionalText(fields, "name") ?? "stranger",
  run: (name, { caller }) => Promise.resolve({ hello: name, door: caller.door }),
}

/** A function that fails as it is told. */
function failing(thrown: unknown): FunctionSpec<undefined> {
  return {
    ...greet,
    read: () => undefined,
    run: () => {
      throw thrown
    },
  }
}

const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  vary: "Origin",
  "x-content-type-options": "nosniff",
}
const corsHeaders = { "access-control-allow-origin": pageOrigin, "access-control-allow-credentials": "true" }
const jsonHeaders = { ...securityHeaders, "content-type": "application/json; charset=utf-8" }
const sqs = { Records: [{ eventSource: "aws:sqs", body: '{"code":"a-code"}' }] }

describe("a success", () => {
  it("through the browser door is an HTTP answer for that page", async () => {
    expect(await openFrontDoor(greet).invoke(browserEvent({ name: "you" }))).toEqual({
      statusCode: 200,
      headers: { ...jsonHeaders, ...corsHeaders },
      body: '{"hello":"you","door":"browser"}',
    })
  })

  it("through the signed door is an HTTP answer for no page", async () => {
    expect(await openFrontDoor(greet).invoke(signedEvent({ name: "you" }))).toEqual({
      statusCode: 200,
      headers: jsonHeaders,
      body: '{"hello":"you","door":"signed"}',
    })
  })

  it("of a direct invocation is the body itself", async () => {
    expect(await openFrontDoor(greet).invoke({ name: "you" })).toEqual({ hello: "you", door: "direct" })
  })

  it("leaves one line in the log", async () => {
    const door = openFrontDoor(greet)
    await door.invoke({ name: "canary" })
    expect(door.log).toHaveLength(1)
    expect(door.lastLine()).toMatchObject({
      time: "2022-04-07T06:59:16.000Z",
      level: "INFO",
      request_id: requestId,
      function: "greet",
      environment: "sod",
      door: "direct",
      code: "ok",
      duration_ms: expect.any(Number) as unknown,
      durations_ms: {},
      posts: 0,
      requests: 1,
    })
  })

  it("says how long it took, in milliseconds", async () => {
    const door = openFrontDoor(greet)
    const before = performance.now()
    await door.invoke({ name: "Tony" })
    expect(door.lastLine().duration_ms).toBeLessThanOrEqual(Math.ceil(performance.now() - before))
  })
})

describe("metrics", () => {
  it("go to the namespace of the deployment, also when its settings are wrong", async () => {
    const namespaceOf = async (env: Readonly<Record<string, string>>) => {
      const door = openFrontDoor(greet, { env: { ...completeEnv, METRICS_NAMESPACE: "ours/sod", ...env } })
      await door.invoke({ name: "Tony" })
      return door.lastLine()
    }
    for (const [env, code] of [
      [{}, "ok"],
      [{ CLIENT_SECRET_ID: "" }, "configuration_invalid"],
    ] as const) {
      expect(await namespaceOf(env)).toMatchObject({
        code,
        environment: "sod",
        _aws: { CloudWatchMetrics: [{ Namespace: "ours/sod" }] },
      })
    }
  })
})

describe("the checks", () => {
  const wrong = {
    env: { ...completeEnv, CLIENT_SECRET_ID: "" },
    method: "GET",
    origin: "https://evil.example.com",
    body: JSON.stringify({ name: 1, padding: "x".repeat(33_000) }),
    type: "text/plain",
  }
  const right = {
    env: completeEnv,
    method: "POST",
    origin: pageOrigin,
    body: JSON.stringify({ name: 1 }),
    type: "application/json",
  }

  it("come in order: settings, method, door, size, media type, fields", async () => {
    const codes: unknown[] = []
    const request = { ...wrong }
    for (const corrected of ["env", "method", "origin", "body", "type", undefined] as const) {
      const { env, method, origin, body, type } = request
      const event = httpEvent({ method, body, headers: { origin, "content-type": type } })
      codes.push(bodyOf(await openFrontDoor(greet, { env }).invoke(event)).code)
      if (corrected) Object.assign(request, { [corrected]: right[corrected] })
    }
    expect(codes).toEqual([
      "configuration_invalid",
      "method_not_allowed",
      "origin_not_allowed",
      "request_too_large",
      "media_type_unsupported",
      "request_invalid",
    ])
  })

  it("end before the function begins", async () => {
    const door = openFrontDoor(failing(new Error("it began")))
    for (const event of [sqs, httpEvent(), httpEvent({ method: "GET" }), browserEvent({}, { body: "{" })]) {
      expect(bodyOf(await door.invoke(event)).code).not.toBe("unexpected")
    }
  })
})

describe("an error of the contract", () => {
  const rows: readonly [ErrorCode, number, object][] = [
    ["request_invalid", 400, {}],
    ["grant_unsupported", 400, {}],
    ["grant_rejected", 400, {}],
    ["session_expired", 400, {}],
    ["origin_not_allowed", 403, {}],
    ["method_not_allowed", 405, { allow: "POST, OPTIONS" }],
    ["media_type_unsupported", 415, {}],
    ["request_too_large", 413, {}],
    ["client_rejected", 502, {}],
    ["id_token_invalid", 502, {}],
    ["upstream_invalid", 502, {}],
    ["upstream_unavailable", 503, { "retry-after": "7" }],
    ["key_set_unavailable", 503, { "retry-after": "7" }],
    ["secret_unavailable", 503, { "retry-after": "7" }],
    ["upstream_timeout", 504, { "retry-after": "7" }],
    ["configuration_invalid", 500, {}],
    ["unexpected", 500, {}],
  ]
  const thrown = (code: ErrorCode) => new ExchangeError(code, "the reason", { retryAfterSeconds: 7 })

  it.each(rows)("%s answers %d to a page (C52, C57)", async (code, status, headers) => {
    const result = await openFrontDoor(failing(thrown(code))).invoke(browserEvent({}))
    expect(result).toEqual({
      statusCode: status,
      headers: { ...jsonHeaders, ...corsHeaders, ...headers },
      body: expect.any(String) as unknown,
    })
    expect(bodyOf(result)).toMatchObject({ code, request_id: requestId, retryable: status >= 503 })
  })

  it.each(rows.filter(([code]) => code !== "unexpected"))(
    "%s is the result of a direct invocation, and the same body",
    async (code) => {
      const door = openFrontDoor(failing(thrown(code)))
      expect(await door.invoke({})).toEqual(bodyOf(await door.invoke(signedEvent({}))))
    },
  )

  it("is in the log with its reason", async () => {
    const door = openFrontDoor(failing(thrown("client_rejected")))
    await door.invoke(browserEvent({}))
    expect(door.log).toHaveLength(1)
    expect(door.lastLine()).toMatchObject({
      level: "ERROR",
      code: "client_rejected",
      message: "the reason",
      door: "browser",
    })
  })
})

describe("something unexpected", () => {
  const cause = new TypeError("canary", { cause: new Error("canary") })

  it("throws a fresh error with a fixed text to a direct caller (C62)", async () => {
    const error: unknown = await openFrontDoor(failing(cause))
      .invoke({})
      .catch((caught: unknown) => caught)
    expect(error).toEqual(new Error("Something unexpected happened; the log of this request has the cause."))
    expect(error).not.toHaveProperty("cause")
    expect((error as Error).stack).not.toContain("canary")
  })

  it.each([cause, "canary", undefined, null, { code: "grant_rejected" }])(
    "answers 500 over HTTP, whatever was thrown: %o",
    async (thrown) => {
      const door = openFrontDoor(failing(thrown))
      const result = await door.invoke(signedEvent({}))
      expect(result).toMatchObject({ statusCode: 500, headers: jsonHeaders })
      expect(bodyOf(result)).toEqual({
        error: "server_error",
        error_description: "Something unexpected happened.",
        code: "unexpected",
        retryable: false,
        request_id: requestId,
      })
      expect(JSON.stringify([result, door.log])).not.toContain("canary")
    },
  )

  it("is in the log by name and place", async () => {
    const door = openFrontDoor(failing(cause))
    await door.invoke(signedEvent({}))
    expect(door.lastLine()).toMatchObject({
      level: "ERROR",
      code: "unexpected",
      causes: [{ name: "TypeError", stack: expect.any(Array) as unknown }, { name: "Error" }],
    })
  })
})

describe("a preflight", () => {
  it("of a listed page is answered, and calls nothing", async () => {
    const door = openFrontDoor(failing(new Error("it began")))
    expect(await door.invoke(httpEvent({ method: "OPTIONS", headers: { origin: pageOrigin } }))).toEqual({
      statusCode: 204,
      headers: {
        ...securityHeaders,
        ...corsHeaders,
        "access-control-allow-headers": "content-type, x-csrf",
        "access-control-allow-methods": "POST",
        "access-control-max-age": "600",
      },
    })
  })

  it.each([{}, { origin: "null" }, { origin: "https://evil.example.com" }])(
    "from elsewhere is refused: %j (C48)",
    async (headers) => {
      const result = await openFrontDoor(greet).invoke(httpEvent({ method: "OPTIONS", headers }))
      expect(result).toMatchObject({ statusCode: 403, headers: jsonHeaders })
      expect(result.headers).not.toHaveProperty("access-control-allow-origin")
    },
  )

  it("for a function without a browser door is refused", async () => {
    const event = httpEvent({ method: "OPTIONS", headers: { origin: pageOrigin } })
    const result = await openFrontDoor({ ...greet, doors: ["signed", "direct"] }).invoke(event)
    expect(result).toMatchObject({ statusCode: 403 })
  })
})

describe("the doors", () => {
  const events = { browser: browserEvent({}), signed: signedEvent({}), direct: {} }

  it.each(["browser", "signed", "direct"] as const)("are only those of the function: %s", async (door) => {
    const others = greet.doors.filter((one) => one !== door)
    const result = await openFrontDoor({ ...greet, doors: others }).invoke(events[door])
    expect(door === "direct" ? result : bodyOf(result)).toMatchObject({ code: "origin_not_allowed" })
    const open = await openFrontDoor({ ...greet, doors: [door] }).invoke(events[door])
    expect(door === "direct" ? open : bodyOf(open)).toEqual({ hello: "stranger", door })
  })

  it.each([
    ["an identity pool's", signedEvent({}, { iam: { cognitoIdentity: { amr: [] } } })],
    ["another account's", signedEvent({}, { iam: { userArn: "arn:aws:iam::210987654321:user/a" } })],
    ["a page's", signedEvent({}, { headers: { origin: pageOrigin } })],
    ["another authorizer's", browserEvent({}, { authorizer: { jwt: { claims: {}, scopes: [] } } })],
    ["nobody's", httpEvent({ body: "{}", headers: { "content-type": "application/json" } })],
  ])("let no %s caller fall through to another (C64)", async (_who, event) => {
    const result = await openFrontDoor(greet).invoke(event)
    expect(result.statusCode).toBe(403)
    expect(bodyOf(result)).toMatchObject({ code: "origin_not_allowed", error: "access_denied" })
  })

  it("give a page that is not listed no leave to read the answer (C48)", async () => {
    const event = browserEvent({}, { headers: { origin: "https://evil.example.com" } })
    const { headers } = await openFrontDoor(greet).invoke(event)
    expect(headers).toEqual(jsonHeaders)
  })
})

describe("an event of something else", () => {
  const restApi = { httpMethod: "POST", headers: { origin: pageOrigin }, requestContext: {}, body: "{}" }

  it.each([
    ["a queue", sqs],
    ["EventBridge", { version: "0", "detail-type": "Scheduled Event", detail: {} }],
    ["a REST API", { ...restApi, multiValueHeaders: {} }],
    ["payload 1.0", { ...restApi, version: "1.0" }],
    ["a web socket", { requestContext: { connectionId: "x", routeKey: "$default" }, body: "{}" }],
    ["a text", "code=a-code"],
    ["a list", [{ code: "a-code" }]],
    ["nothing", null],
    ["undefined", undefined],
  ])("is refused: %s (C64)", async (_what, event) => {
    const result = await openFrontDoor(greet).invoke(event)
    expect(result).toEqual({ statusCode: 400, headers: jsonHeaders, body: expect.any(String) as unknown })
    expect(bodyOf(result)).toEqual({
      error: "invalid_request",
      error_description: "The event is not one that this function knows.",
      code: "request_invalid",
      retryable: false,
      request_id: requestId,
    })
  })

  it.each(["requestContext", "headers", "httpMethod", "routeKey", "rawPath", "Records", "detail-type"])(
    "is not a direct invocation that carries %s (C64)",
    async (member) => {
      const door = openFrontDoor(exchangeCode)
      const request = { code: "a-code", redirect_uri: "https://app.example.com/cb", [member]: {} }
      expect(bodyOf(await door.invoke(request))).toMatchObject({ code: "request_invalid" })
      expect([door.requests, door.credentialReads]).toEqual([[], []])
    },
  )
})

describe("broken settings", () => {
  const env = { SUPEROFFICE_ENVIRONMENT: "stage", LOG_LEVEL: "loud" }

  it.each([
    ["a direct invocation", {}],
    ["a page", browserEvent({})],
    ["a signed request", signedEvent({})],
    ["a preflight", httpEvent({ method: "OPTIONS", headers: { origin: pageOrigin } })],
    ["a GET", httpEvent({ method: "GET" })],
    ["an event of something else", sqs],
    ["null", null],
  ])("answer %s, and log every problem", async (_who, event) => {
    const door = openFrontDoor(greet, { env })
    const result = await door.invoke(event)
    const body = "statusCode" in result ? bodyOf(result) : result
    expect(body).toEqual({
      error: "server_error",
      error_description: "This service is not configured correctly.",
      code: "configuration_invalid",
      retryable: false,
      request_id: requestId,
    })
    expect(result.statusCode).toBe("statusCode" in result ? 500 : undefined)
    expect(door.lastLine()).toMatchObject({
      level: "ERROR",
      code: "configuration_invalid",
      problems: [
        "CLIENT_SECRET_ID is required",
        "SUPEROFFICE_ENVIRONMENT must be sod, qaonline or online: this one is called qaonline",
        "LOG_LEVEL must be DEBUG, INFO, WARN or ERROR",
      ],
    })
  })

  it("connect to nothing", () => {
    const connect = () => {
      throw new Error("it connected")
    }
    const runtime = { connect, now: () => signedAt, write: () => undefined }
    expect(() => createHandler(greet, loadConfig(env), runtime)).not.toThrow()
    expect(() => createHandler(greet, loadConfig(completeEnv), runtime)).toThrow("it connected")
  })
})

describe("an invocation", () => {
  it.each([
    [20_000, 19_500],
    [400, 0],
  ])("with %d ms left has %d ms to spend", async (remainingMs, expectedMs) => {
    let context: RequestContext | undefined
    const spec: FunctionSpec<undefined> = {
      ...greet,
      read: () => undefined,
      run: (_request, given) => {
        context = given
        return Promise.resolve({})
      },
    }
    await openFrontDoor(spec).invoke({}, remainingMs)
    const spendable = context?.deadline.remainingMs()
    expect(spendable).toBeLessThanOrEqual(expectedMs)
    expect(spendable).toBeGreaterThanOrEqual(Math.max(0, expectedMs - 500))
  })

  it("leaves nothing of its user behind for the next (C65)", async () => {
    const door = openFrontDoor(refreshToken)
    await door.invoke({ refresh_token: refreshTokenText })
    expect(door.lastLine()).toMatchObject({ tenant: "Cust12020", associateid: 5, posts: 1 })
    await door.invoke({})
    expect(door.lastLine()).toMatchObject({ code: "request_invalid", posts: 0, durations_ms: {} })
    for (const member of ["tenant", "associateid", "key_id", "secret_version"]) {
      expect(door.lastLine()).not.toHaveProperty(member)
    }
  })
})

describe("nothing secret is said at any log level", () => {
  const nonce = "canary-nonce"
  const idToken = signIdToken(signingKey, superOfficeClaims({ nonce }))
  const otherIdToken = signIdToken(signingKey, superOfficeClaims({ nonce, aud: "canary-audience" }))
  const codeRequest = {
    code: "canary-code",
    redirect_uri: `${pageOrigin}/canary-callback`,
    code_verifier: codeVerifier,
    nonce,
  }
  const canaries = [
    "canary",
    codeVerifier,
    accessToken,
    refreshTokenText,
    idToken,
    otherIdToken,
    "client-secret-one",
    "tony@example.com",
    "Tonys Developer Network",
  ]
  const upstreamText = { error_description: "canary-description" }
  const unforeseen = new TypeError(`canary-code ${accessToken}`, {
    cause: new SyntaxError(`client-secret-one ${refreshTokenText}`),
  })

  it.each([
    ["a success", tokenAnswer({}, idToken), "ok"],
    ["a rejection", { ...rejectedAnswer }, "grant_rejected"],
    [
      "a rejection in words",
      jsonAnswer(400, { error: "invalid_client", ...upstreamText }),
      "client_rejected",
    ],
    ["an ID Token of another client", tokenAnswer({}, otherIdToken), "id_token_invalid"],
    ["an ID Token that is none", tokenAnswer({}, "canary-token"), "id_token_invalid"],
    ["an outage", jsonAnswer(500, upstreamText), "upstream_unavailable"],
    ["a page of HTML", { ...rejectedAnswer, body: "<html>canary-page" }, "upstream_invalid"],
    ["a token type of their own", tokenAnswer({ token_type: "canary-type" }), "upstream_invalid"],
    ["something unforeseen", unforeseen, "unexpected"],
  ])("after %s (C62)", async (_case, answer, code) => {
    const env = { ...completeEnv, LOG_LEVEL: "DEBUG" }
    const door = openFrontDoor(exchangeCode, { env, answers: [answer] })
    const result = await door.invoke(browserEvent(codeRequest))
    const thrown: unknown = await door.invoke(codeRequest).catch((error: unknown) => error)
    expect(door.log.map((line) => (JSON.parse(line) as { code: unknown }).code)).toEqual([code, code])
    const said = code === "ok" ? door.log : [...door.log, result, thrown, String((thrown as Error).stack)]
    for (const canary of canaries) expect(JSON.stringify(said)).not.toContain(canary)
  })

  it.each([
    { ...codeRequest, code: ["canary"] },
    { ...codeRequest, code_verifier: "canary" },
    { ...codeRequest, redirect_uri: "https://canary.example" },
    { ...codeRequest, client_secret: "canary" },
    { ...codeRequest, client_id: "canary" },
    { ...codeRequest, grant_type: "canary" },
    { ...codeRequest, iss: "canary" },
  ])("after a refusal of %j (C62)", async (request) => {
    const door = openFrontDoor(exchangeCode, { env: { ...completeEnv, LOG_LEVEL: "DEBUG" } })
    const result = await door.invoke(browserEvent(request))
    expect(result.statusCode).toBe(statusOf("request_invalid"))
    expect(door.log).toHaveLength(1)
    expect(JSON.stringify([door.log, result.body])).not.toContain("canary")
  })
})
