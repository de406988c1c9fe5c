import { afterEach, describe, expect, it, vi } from "vitest"
import { loadConfig } from "../../../lib/config.ts"
import { ExchangeError } from "../../../lib/errors.ts"
import { refreshToken } from "../../../lib/operations/token.ts"
import type { RequestContext } from "../../../lib/request/context.ts"
import { optionalText } from "../../../lib/request/fields.ts"
import { createHandler, type FunctionSpec } from "../../../lib/request/handler.ts"
import { bodyOf, browserEvent, httpEvent, signedEvent } from "../../support/events.ts"
import {
  completeEnv,
  openFrontDoor,
  pageOrigin,
  refreshTokenText,
  requestId,
} from "../../support/front-door.ts"
import { signedAt } from "../../../harness/id-tokens.ts"

/** The least function there is: it greets whoever came in. */
const greet: FunctionSpec<string> = {
  name: "greet",
  doors: ["browser", "signed", "direct"],
  needs: { clientSecret: true, keySet: false, privateKey: false, signingKeys: false },
  read: (fields) => optionalText(fields, "name") ?? "stranger",
  run: (name, { caller }) => Promise.resolve({ hello: name, door: caller.door }),
}

/** A function that fails as it is told. */
function failing(thrown: unknown): FunctionSpec<undefined> {
  const run = () => {
    throw thrown
  }
  return { ...greet, read: () => undefined, run }
}

const corsHeaders = { "access-control-allow-origin": pageOrigin, "access-control-allow-credentials": "true" }
const preflight = httpEvent({ method: "OPTIONS", headers: { origin: pageOrigin } })
const sqs = { Records: [{ eventSource: "aws:sqs", body: '{"code":"a-code"}' }] }
const fields = { name: "you" }
const events = { browser: browserEvent(fields), signed: signedEvent(fields), direct: fields }

/** The headers that let a page read an answer. */
function corsOf(headers: unknown): object {
  const named = Object.entries(headers as object).filter(([name]) => name.startsWith("access-control-allow-"))
  return Object.fromEntries(named)
}

/** The body of an answer over HTTP, or of a direct invocation. */
function answerOf(result: Readonly<Record<string, unknown>>): unknown {
  return "statusCode" in result ? bodyOf(result) : result
}

function failure(code: string, error: string, error_description: string) {
  return { error, error_description, code, retryable: false, request_id: requestId }
}

describe("a handler", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    ["a listed page", "browser", corsHeaders],
    ["a signer, and to no page", "signed", {}],
  ] as const)("gives an HTTP answer to %s", async (_who, door, cors) => {
    const { headers, ...answer } = await openFrontDoor(greet).invoke(events[door])
    expect(answer).toEqual({ statusCode: 200, body: JSON.stringify({ hello: "you", door }) })
    expect(corsOf(headers)).toEqual(cors)
  })

  it("writes one line into the log, with the milliseconds that the request took", async () => {
    vi.useFakeTimers({ toFake: ["performance"] })
    vi.advanceTimersByTime(1_000)
    const run = () => {
      vi.advanceTimersByTime(1_500)
      return Promise.resolve({})
    }
    const door = openFrontDoor({ ...greet, run })
    await door.invoke(events.direct)
    expect(door.log).toHaveLength(1)
    expect(door.lastLine()).toMatchObject({
      level: "INFO",
      request_id: requestId,
      function: "greet",
      door: "direct",
      code: "ok",
      duration_ms: 1_500,
    })
  })

  it("tells the log the Origin of a page that it refuses", async () => {
    const door = openFrontDoor(greet)
    await door.invoke(httpEvent({ body: "{}", headers: { origin: "https://evil.example.com" } }))
    expect(door.lastLine()).toMatchObject({ code: "origin_not_allowed", origin: "https://evil.example.com" })
  })

  it("checks settings, method, door, size, media type and fields, in this order", async () => {
    const request = {
      env: { ...completeEnv, CLIENT_SECRET_ID: "" },
      method: "GET",
      origin: "https://evil.example.com",
      body: JSON.stringify({ name: 1, padding: "x".repeat(33_000) }),
      type: "text/plain",
    }
    for (const [code, correction] of [
      ["configuration_invalid", {}],
      ["method_not_allowed", { env: completeEnv }],
      ["origin_not_allowed", { method: "POST" }],
      ["request_too_large", { origin: pageOrigin }],
      ["media_type_unsupported", { body: JSON.stringify({ name: 1 }) }],
      ["request_invalid", { type: "application/json" }],
    ] as const) {
      const { env, method, origin, body, type } = Object.assign(request, correction)
      const event = httpEvent({ method, body, headers: { origin, "content-type": type } })
      expect(bodyOf(await openFrontDoor(greet, { env }).invoke(event))).toMatchObject({ code })
    }
  })

  it.each(greet.doors)("opens only the doors of its function: %s", async (door) => {
    const doors = greet.doors.filter((one) => one !== door)
    const shut = await openFrontDoor({ ...greet, doors }).invoke(events[door])
    expect(answerOf(shut)).toMatchObject({ code: "origin_not_allowed" })
    const open = await openFrontDoor({ ...greet, doors: [door] }).invoke(events[door])
    expect(answerOf(open)).toEqual({ hello: "you", door })
  })

  it.each([
    ["a queue", sqs],
    ["nobody", null],
  ])("refuses an event of %s before its function begins (C64)", async (_whose, event) => {
    const result = await openFrontDoor(failing(new Error("it began"))).invoke(event)
    expect(result.statusCode).toBe(400)
    const sentence = "The event is not one that this function knows."
    expect(bodyOf(result)).toEqual(failure("request_invalid", "invalid_request", sentence))
  })

  it("answers the preflight of a listed page, before its function begins, if that has a browser door", async () => {
    const begins = failing(new Error("it began"))
    const { statusCode, headers } = await openFrontDoor(begins).invoke(preflight)
    expect(statusCode).toBe(204)
    expect(corsOf(headers)).toMatchObject(corsHeaders)
    const shut = openFrontDoor({ ...begins, doors: ["signed", "direct"] })
    expect(await shut.invoke(preflight)).toMatchObject({ statusCode: 403 })
  })

  it.each(["null", "https://evil.example.com"])(
    "refuses a preflight of the origin %s (C48)",
    async (origin) => {
      const event = httpEvent({ method: "OPTIONS", headers: { origin } })
      const { statusCode, headers } = await openFrontDoor(greet).invoke(event)
      expect([statusCode, corsOf(headers)]).toEqual([403, {}])
    },
  )

  it.each([
    [20_000, 19_500],
    [400, 0],
  ])("with %d ms left has %d ms to spend", async (remainingMs, expectedMs) => {
    vi.useFakeTimers({ toFake: ["performance"] })
    let context: RequestContext | undefined
    const run = (_name: string, given: RequestContext) => {
      context = given
      return Promise.resolve({})
    }
    await openFrontDoor({ ...greet, run }).invoke({}, remainingMs)
    expect(context?.deadline.remainingMs()).toBe(expectedMs)
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

  it("gives an error of the contract over HTTP and, as the same body, to a direct invocation (C57)", async () => {
    const error = new ExchangeError("upstream_unavailable", "the reason", { retryAfterSeconds: 7 })
    const door = openFrontDoor(failing(error))
    const result = await door.invoke(browserEvent({}))
    expect(result).toMatchObject({ statusCode: 503, headers: { ...corsHeaders, "retry-after": "7" } })
    expect(bodyOf(result)).toMatchObject({ code: "upstream_unavailable", request_id: requestId })
    expect(await door.invoke({})).toEqual(bodyOf(result))
    expect(door.log).toHaveLength(2)
    expect(door.lastLine()).toMatchObject({ code: "upstream_unavailable", message: "the reason" })
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

  it.each([cause, "canary", undefined, null])("answers 500 over HTTP when %o was thrown", async (thrown) => {
    const door = openFrontDoor(failing(thrown))
    const result = await door.invoke(signedEvent({}))
    expect(result.statusCode).toBe(500)
    expect(bodyOf(result)).toEqual(failure("unexpected", "server_error", "Something unexpected happened."))
    expect(JSON.stringify([result, door.log])).not.toContain("canary")
  })

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

describe("a function with wrong settings", () => {
  const env = { SUPEROFFICE_ENVIRONMENT: "stage", LOG_LEVEL: "loud", METRICS_NAMESPACE: "ours/sod" }

  it.each([
    ["a direct invocation", {}, undefined],
    ["a preflight", preflight, 500],
    ["an event of something else", sqs, 500],
  ])("answers configuration_invalid to %s, logs it and counts it", async (_who, event, status) => {
    const door = openFrontDoor(greet, { env })
    const result = await door.invoke(event)
    const sentence = "This service is not configured correctly."
    expect(answerOf(result)).toEqual(failure("configuration_invalid", "server_error", sentence))
    expect(result.statusCode).toBe(status)
    expect(door.lastLine()).toMatchObject({
      level: "ERROR",
      code: "configuration_invalid",
      _aws: { CloudWatchMetrics: [{ Namespace: "ours/sod" }] },
      problems: [
        "CLIENT_SECRET_ID is required",
        "SUPEROFFICE_ENVIRONMENT must be sod, qaonline or online: this one is called qaonline",
        "LOG_LEVEL must be DEBUG, INFO, WARN or ERROR",
      ],
    })
  })

  it("connects to nothing", () => {
    const connect = () => {
      throw new Error("it connected")
    }
    const runtime = { connect, now: () => signedAt, write: () => undefined }
    expect(() => createHandler(greet, loadConfig(env), runtime)).not.toThrow()
    expect(() => createHandler(greet, loadConfig(completeEnv), runtime)).toThrow("it connected")
  })
})
