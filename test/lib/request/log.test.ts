import { inspect } from "node:util"
import { describe, expect, it } from "vitest"
import { ExchangeError, requestInvalid } from "../../../lib/errors.ts"
import { logLine, type Outcome } from "../../../lib/request/log.ts"
import {
  startRequestLog,
  type RecordedRequestLog,
  type RequestFacts,
  type Warning,
} from "../../../lib/request/request-log.ts"

const at = new Date("2022-04-07T06:59:16.500Z")

interface Recorded extends Partial<Pick<RecordedRequestLog, "warnings" | "durations" | "posts">> {
  readonly facts?: Partial<RequestFacts>
}

function outcome(changes: Partial<Outcome> = {}, { facts, ...recorded }: Recorded = {}): Outcome {
  return {
    functionName: "token",
    requestId: "an-id",
    at,
    durationMs: 12.6,
    error: undefined,
    requestLog: { ...startRequestLog(), facts: { door: "direct", ...facts }, ...recorded },
    problems: [],
    ...changes,
  }
}

const config = { environment: "sod", logLevel: "INFO", metricsNamespace: "Ours" } as const

function lineOf(...how: Parameters<typeof outcome>): Record<string, unknown> {
  return JSON.parse(logLine(outcome(...how), config)) as Record<string, unknown>
}

function causesOf(cause: unknown): unknown {
  return lineOf({ error: new ExchangeError("unexpected", "ours", { cause }) }).causes
}

function framesOf(cause: unknown): unknown[] {
  return (causesOf(cause) as { stack: unknown[] }[]).flatMap(({ stack }) => stack)
}

function thrownBy(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

/** Its stack is written down before its message changes. */
function renamed(error: Error, message: string): Error {
  if (!error.stack?.includes(error.message)) throw new Error("the stack does not begin with the message")
  return Object.assign(error, { message })
}

const success = {
  time: "2022-04-07T06:59:16.500Z",
  level: "INFO",
  request_id: "an-id",
  function: "token",
  environment: "sod",
  door: "direct",
  code: "ok",
  duration_ms: 13,
  durations_ms: {},
  posts: 0,
  requests: 1,
  _aws: {
    Timestamp: at.getTime(),
    CloudWatchMetrics: [
      {
        Namespace: "Ours",
        Dimensions: [["environment"], ["environment", "code"], ["environment", "function"]],
        Metrics: [{ Name: "requests", Unit: "Count" }],
      },
    ],
  },
}

/** The line of a request that was sent on to SuperOffice. */
const sentOn = {
  ...success,
  upstream_request_ms: 13,
  _aws: {
    ...success._aws,
    CloudWatchMetrics: [
      ...success._aws.CloudWatchMetrics,
      {
        Namespace: "Ours",
        Dimensions: [["environment"]],
        Metrics: [{ Name: "upstream_request_ms", Unit: "Milliseconds" }],
      },
    ],
  },
}

describe("the line of a success", () => {
  it("says who was served, where and how long it took", () => {
    expect(lineOf()).toEqual(success)
  })

  it("says what happened on the way", () => {
    const requestLog = {
      posts: 2,
      durations: { secret: 0.4, token: 99.5 },
      facts: {
        origin: "https://app.example:8443",
        secretVersion: "v1",
        keyId: "16B2A3F2",
        tenant: "Cust12020",
        associateId: 17,
      },
    }
    expect(lineOf({}, requestLog)).toEqual({
      ...sentOn,
      origin: "https://app.example:8443",
      posts: 2,
      durations_ms: { secret: 0, token: 100 },
      secret_version: "v1",
      key_id: "16B2A3F2",
      tenant: "Cust12020",
      associateid: 17,
    })
  })

  it.each(["null", "https://app.example/path", "app.example", "https://a b", "https://", "x".repeat(300)])(
    "says no origin that is none: %j",
    (origin) => {
      expect(lineOf({}, { facts: { origin } })).toEqual(success)
    },
  )

  it.each(["a\nb", "æ", "", "x".repeat(65), '{"a":1}', "tony@example.com"])(
    "names no tenant and no key that is not a plain name: %j",
    (name) => {
      expect(lineOf({}, { facts: { tenant: name, keyId: name } })).toEqual(success)
    },
  )

  it("is one line", () => {
    const line = logLine(outcome({ requestId: "a\nb", error: requestInvalid("a\r\nb") }), config)
    expect(line).not.toMatch(/[\r\n]/)
  })
})

describe("the line of a failure", () => {
  it("names the tenant, but not its user", () => {
    const error = new ExchangeError("identity_mismatch", "why")
    const line = lineOf({ error }, { facts: { tenant: "Cust12020", associateId: 17 } })
    expect(line).toMatchObject({ code: "identity_mismatch", tenant: "Cust12020" })
    expect(line).not.toHaveProperty("associateid")
  })

  it("says its code and the operator's sentence", () => {
    expect(lineOf({ error: new ExchangeError("grant_rejected", "refused") })).toEqual({
      ...success,
      level: "WARN",
      code: "grant_rejected",
      message: "refused",
      causes: [],
    })
  })

  it("lists every problem of the settings", () => {
    const error = new ExchangeError("configuration_invalid", "wrong")
    expect(lineOf({ error, problems: ["A is required", "B is required"] })).toMatchObject({
      level: "ERROR",
      problems: ["A is required", "B is required"],
    })
  })

  it.each([
    ["request_invalid", "WARN"],
    ["origin_not_allowed", "WARN"],
    ["unexpected", "ERROR"],
    ["client_rejected", "ERROR"],
    ["upstream_unavailable", "ERROR"],
    ["upstream_timeout", "ERROR"],
  ] as const)("for %s has level %s", (code, level) => {
    expect(lineOf({ error: new ExchangeError(code, "why") }).level).toBe(level)
  })
})

describe("a cause", () => {
  it("that is ours keeps its sentence", () => {
    expect(causesOf(new ExchangeError("secret_unavailable", "throttled"))).toEqual([
      {
        name: "ExchangeError",
        code: "secret_unavailable",
        message: "throttled",
        stack: expect.arrayContaining([expect.stringMatching(/^at .*log\.test\.ts/)]) as unknown,
      },
    ])
  })

  it("that is not ours tells its name, its code and its frames, and never its message (C62)", () => {
    const cause = Object.assign(new TypeError("canary"), { code: "ECONNRESET", input: "canary" })
    const causes = causesOf(cause)
    expect(causes).toEqual([
      {
        name: "TypeError",
        code: "ECONNRESET",
        stack: expect.arrayContaining([expect.stringMatching(/^at .*log\.test\.ts/)]) as unknown,
      },
    ])
    expect(JSON.stringify(causes)).not.toContain("canary")
  })

  it.each([
    ["looks like frames", new Error("x\n    at canary (file.ts:1:1)\n    at canary")],
    ["is in the name", Object.assign(new Error("x"), { name: "canary canary" })],
    ["is in the code", Object.assign(new Error("x"), { code: "canary canary" })],
    ["was changed later", renamed(new Error("x\n    at canary"), "y")],
    [
      "stands in further members",
      Object.assign(new Error("x"), { errors: [new Error("canary")], body: "canary" }),
    ],
    ["was thrown without an error", "canary"],
    ["was thrown as an object", { message: "canary" }],
  ])("says nothing else, though it %s (C62)", (_where, cause) => {
    expect(JSON.stringify(causesOf(cause))).not.toContain("canary")
  })

  it.each([
    [
      "with no message",
      Object.assign(new Error(""), { stack: "Error\n    at place (file.ts:1:1)" }),
      /^at place/,
    ],
    // Written out, since the test runner's stacks leave the code away.
    [
      "of Node's, which writes its code behind its name",
      Object.assign(new TypeError("canary"), {
        stack: "TypeError [ERR_INVALID_ARG_TYPE]: canary\n    at place (file.ts:1:1)",
      }),
      /^at place/,
    ],
  ])("%s tells its frames", (_what, cause, frame) => {
    expect(framesOf(cause)).toEqual(expect.arrayContaining([expect.stringMatching(frame)]))
    expect(framesOf(cause).join()).not.toContain("canary")
  })

  it.each([
    ["that is absent", { stack: undefined }],
    ["that is no text", { stack: 7 }],
    ["that begins with no name", { stack: "\n    at canary (file.ts:1:1)", message: "" }],
    ["that begins with another name than one", { stack: "!: x\n    at canary (file.ts:1:1)" }],
    ["of a message that is no text", { message: 7 }],
  ])("tells no frame of a stack %s", (_what, changes) => {
    expect(framesOf(Object.assign(new Error("x"), changes))).toEqual([])
  })

  it("tells no line of a stack but its frames", () => {
    const stack = "Error: x\ncanary\ncanary    at canary\n    at place (file.ts:1:1)\n    canary"
    expect(framesOf(Object.assign(new Error("x"), { stack }))).toEqual(["at place (file.ts:1:1)"])
  })

  it("tells no code that is no text", () => {
    expect(causesOf(new DOMException("x", "AbortError"))).toMatchObject([{ name: "AbortError" }])
    expect(causesOf(new DOMException("x", "AbortError"))).not.toMatchObject([{ code: 20 }])
  })

  it("quotes no input of a parser (C62)", () => {
    for (const cause of [thrownBy(() => JSON.parse("canary")), thrownBy(() => new URL("canary"))]) {
      expect(inspect(cause)).toContain("canary")
      expect(JSON.stringify(causesOf(cause))).not.toContain("canary")
    }
  })

  it("of a cause is told too, four of them at most, and in a circle as well", () => {
    const deep = Array.from({ length: 9 }).reduce<Error>(
      (cause, _, i) => new Error(`${i}`, { cause }),
      new Error(),
    )
    expect(causesOf(deep)).toHaveLength(4)
    const circle = new Error("round")
    circle.cause = circle
    expect(causesOf(circle)).toHaveLength(4)
  })
})

describe("the level", () => {
  const warnings = new Set<Warning>(["secret_stale"])
  const refused = { error: requestInvalid("No.") }
  const broken = { error: new ExchangeError("unexpected", "?") }

  it.each([
    ["DEBUG", [true, true, true]],
    ["INFO", [true, true, true]],
    ["WARN", [false, true, true]],
    ["ERROR", [false, false, true]],
  ] as const)("%s keeps successes, refusals, failures: %j", (least, kept) => {
    const lines = [outcome(), outcome(refused), outcome(broken)].map((one) =>
      logLine(one, { ...config, logLevel: least }),
    )
    expect(lines.map((line) => line.includes("request_id"))).toEqual(kept)
  })

  it("takes away what is said, and never what is counted", () => {
    const line = logLine(outcome(refused, { warnings }), { ...config, logLevel: "ERROR" })
    const { time, function: name, environment, _aws } = lineOf(refused, { warnings })
    expect(JSON.parse(line)).toEqual({
      time,
      level: "WARN",
      function: name,
      environment,
      code: "request_invalid",
      requests: 1,
      secret_stale: 1,
      _aws,
    })
  })
})

describe("metrics", () => {
  it("are counted for a deployment whose environment is not known too", () => {
    const line = logLine(outcome(), { ...config, environment: undefined })
    expect(JSON.parse(line)).toEqual({ ...success, environment: "unknown" })
  })

  it.each(["token", "revocation", "system_user"])(
    "measure a request that was sent on to SuperOffice, by environment: %s",
    (step) => {
      const durations = { [step]: 1 }
      expect(lineOf({}, { durations })).toEqual({ ...sentOn, durations_ms: durations })
      const unavailable = { error: new ExchangeError("upstream_unavailable", "reset"), durationMs: 2 }
      expect(lineOf(unavailable, { durations })).toMatchObject({ upstream_request_ms: 2, _aws: sentOn._aws })
      const least = logLine(outcome({}, { durations }), { ...config, logLevel: "ERROR" })
      expect(JSON.parse(least)).toMatchObject({ upstream_request_ms: 13, _aws: sentOn._aws })
    },
  )

  it("measure no request that needed only what is read for all: the secret, the keys, the tenant's state", () => {
    const durations = { secret: 1, key_set: 1, tenant: 1 }
    expect(lineOf({}, { durations })).toEqual({ ...success, durations_ms: durations })
  })

  it("count each warning, by environment", () => {
    expect(lineOf({}, { warnings: new Set<Warning>(["key_set_stale", "claims_dropped"]) })).toEqual({
      ...success,
      level: "WARN",
      key_set_stale: 1,
      claims_dropped: 1,
      _aws: {
        ...success._aws,
        CloudWatchMetrics: [
          ...success._aws.CloudWatchMetrics,
          {
            Namespace: "Ours",
            Dimensions: [["environment"]],
            Metrics: [
              { Name: "key_set_stale", Unit: "Count" },
              { Name: "claims_dropped", Unit: "Count" },
            ],
          },
        ],
      },
    })
  })
})
