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
const config = { environment: "sod", logLevel: "INFO", metricsNamespace: "Ours" } as const

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

function lineOf(...how: Parameters<typeof outcome>): Record<string, unknown> {
  return JSON.parse(logLine(outcome(...how), config)) as Record<string, unknown>
}

function causesOf(cause: unknown): readonly { readonly stack: readonly string[] }[] {
  const { causes } = lineOf({ error: new ExchangeError("unexpected", "ours", { cause }) })
  return causes as ReturnType<typeof causesOf>
}

function errorWith(changes: object, message = "x"): Error {
  return Object.assign(new Error(message), changes)
}

/** The metrics of a line: those of every line, and these. */
function metrics(...more: object[]): object {
  const dimensions = [["environment"], ["environment", "code"], ["environment", "function"]]
  return { Timestamp: at.getTime(), CloudWatchMetrics: [directive(dimensions, "Count", "requests"), ...more] }
}

function directive(Dimensions: string[][], Unit: string, ...names: string[]): object {
  return { Namespace: "Ours", Dimensions, Metrics: names.map((Name) => ({ Name, Unit })) }
}

/** What a line has at every level. */
const counted = {
  time: "2022-04-07T06:59:16.500Z",
  level: "INFO",
  function: "token",
  environment: "sod",
  code: "ok",
  requests: 1,
  _aws: metrics(),
}

const success = {
  ...counted,
  request_id: "an-id",
  door: "direct",
  duration_ms: 13,
  durations_ms: {},
  posts: 0,
}

/** What the line of a request has in addition that was sent on to SuperOffice. */
const sentOn = {
  upstream_request_ms: 13,
  _aws: metrics(directive([["environment"]], "Milliseconds", "upstream_request_ms")),
}

describe("the log line of a success", () => {
  it("says who was served, where and how long it took", () => {
    expect(lineOf()).toEqual(success)
  })

  it("says what happened on the way", () => {
    const facts = {
      origin: "http://[::1]:8443",
      secretVersion: "v1",
      keyId: "16B2A3F2",
      tenant: "Cust12020",
      associateId: 17,
    }
    expect(lineOf({}, { posts: 2, durations: { secret: 0.4, token: 99.5 }, facts })).toEqual({
      ...success,
      ...sentOn,
      origin: "http://[::1]:8443",
      posts: 2,
      durations_ms: { secret: 0, token: 100 },
      secret_version: "v1",
      key_id: "16B2A3F2",
      tenant: "Cust12020",
      associateid: 17,
    })
  })

  it.each([
    "null",
    "https://app.example/path",
    "x https://app.example",
    "https://",
    `https://${"a".repeat(254)}`,
  ])("says no origin that is none: %j", (origin) => {
    expect(lineOf({}, { facts: { origin } })).toEqual(success)
  })

  it.each(["a\nb", "æ", "", "x".repeat(65), "tony@example.com"])("names no tenant and no key %j", (name) => {
    expect(lineOf({}, { facts: { tenant: name, keyId: name } })).toEqual(success)
  })
})

describe("the log line of a failure", () => {
  it("says its code and the operator's sentence", () => {
    for (const [code, level] of [
      ["media_type_unsupported", "WARN"],
      ["unexpected", "ERROR"],
      ["client_rejected", "ERROR"],
    ] as const) {
      const said = { level, code, message: "the reason", causes: [] }
      expect(lineOf({ error: new ExchangeError(code, "the reason") })).toEqual({ ...success, ...said })
    }
  })

  it("names the tenant, but not its user", () => {
    const error = new ExchangeError("identity_mismatch", "why")
    const facts = { origin: "https://app.example", tenant: "Cust12020" }
    const line = lineOf({ error }, { facts: { ...facts, associateId: 17 } })
    expect(line).toMatchObject({ code: "identity_mismatch", ...facts })
    expect(line).not.toHaveProperty("associateid")
  })

  it("is one line", () => {
    const line = logLine(outcome({ requestId: "a\nb", error: requestInvalid("a\r\nb") }), config)
    expect(line).not.toMatch(/[\r\n]/)
  })
})

describe("a cause in the log", () => {
  const stack = expect.arrayContaining([expect.stringMatching(/^at .*log\.test\.ts/)]) as unknown

  it("keeps its sentence when it is ours", () => {
    expect(causesOf(new ExchangeError("secret_unavailable", "throttled"))).toEqual([
      { name: "ExchangeError", code: "secret_unavailable", message: "throttled", stack },
    ])
  })

  it("tells its name, its code and its frames when it is not ours, and never its message (C62)", () => {
    const cause = Object.assign(new TypeError("canary"), { code: "ECONNRESET", input: "canary" })
    expect(causesOf(cause)).toEqual([{ name: "TypeError", code: "ECONNRESET", stack }])
    expect(causesOf(errorWith({ code: 20 }))).toEqual([{ name: "Error", stack }])
  })

  it.each([
    ["looks like frames", new Error("x\n    at canary (file.ts:1:1)\n    at canary")],
    ["is in the name", errorWith({ name: "canary canary" })],
    ["is in the code", errorWith({ code: "canary canary" })],
    // Its stack still has the message that it had at first.
    ["was changed later", errorWith({ message: "y" }, "x\n    at canary")],
    ["stands in further members", errorWith({ errors: [new Error("canary")], body: "canary" })],
    ["was thrown without an error", "canary"],
    ["was thrown as an object", { message: "canary" }],
  ])("says nothing that %s (C62)", (_where, cause) => {
    expect(JSON.stringify(causesOf(cause))).not.toContain("canary")
  })

  it.each([
    ["without a message", "", "Error"],
    // As Node writes it; the test runner's stacks leave the code away.
    ["with a code behind the name", "canary", "TypeError [ERR_INVALID_ARG_TYPE]: canary"],
    ["with lines that are no frames", "x", "Error: x\ncanary\ncanary    at canary\n    canary"],
  ])("tells its frames and no more of a stack %s", (_what, message, head) => {
    const stack = `${head}\n    at place (file.ts:1:1)`
    expect(causesOf(errorWith({ stack }, message))).toMatchObject([{ stack: ["at place (file.ts:1:1)"] }])
  })

  it.each([
    ["is absent", { stack: undefined }],
    ["is no text", { stack: 7 }],
    ["begins with no name", { stack: "\n    at canary (file.ts:1:1)", message: "" }],
    ["begins with what is no name", { stack: "!: x\n    at canary (file.ts:1:1)" }],
    ["is of a message that is no text", { message: 7 }],
  ])("tells no frame of a stack that %s", (_what, changes) => {
    expect(causesOf(errorWith(changes))).toMatchObject([{ stack: [] }])
  })

  it("is followed by its own causes, four at most, and in a circle as well", () => {
    const deep = Array.from({ length: 9 }).reduce<Error>((cause) => new Error("x", { cause }), new Error())
    expect(causesOf(deep)).toHaveLength(4)
    const circle = new Error("round")
    circle.cause = circle
    expect(causesOf(circle)).toHaveLength(4)
  })
})

describe("the log level", () => {
  const refused = { error: requestInvalid("No.") }
  const broken = { error: new ExchangeError("unexpected", "?") }

  it.each([
    ["DEBUG", [true, true, true]],
    ["INFO", [true, true, true]],
    ["WARN", [false, true, true]],
    ["ERROR", [false, false, true]],
  ] as const)("%s keeps the details of successes, refusals, failures: %j", (logLevel, kept) => {
    const lines = [outcome(), outcome(refused), outcome(broken)].map((one) =>
      logLine(one, { ...config, logLevel }),
    )
    expect(lines.map((line) => line.includes("request_id"))).toEqual(kept)
  })

  it("takes away what is said, and never what is counted", () => {
    const recorded = { warnings: new Set<Warning>(["secret_stale"]), durations: { token: 1 } }
    const line = logLine(outcome(refused, recorded), { ...config, logLevel: "ERROR" })
    expect(JSON.parse(line)).toEqual({
      ...counted,
      level: "WARN",
      code: "request_invalid",
      secret_stale: 1,
      upstream_request_ms: 13,
      _aws: lineOf(refused, recorded)._aws,
    })
  })
})

describe("the metrics of a log line", () => {
  it("count a deployment whose environment is not known", () => {
    const line = logLine(outcome(), { ...config, environment: undefined })
    expect(JSON.parse(line)).toEqual({ ...success, environment: "unknown" })
  })

  it.each([
    ["token", sentOn],
    ["revocation", sentOn],
    ["system_user", sentOn],
    ["secret", {}],
    ["key_set", {}],
    ["tenant", {}],
  ])("measure only a request that was sent on to SuperOffice, by environment: %s", (step, more) => {
    const durations = { [step]: 1 }
    expect(lineOf({}, { durations })).toEqual({ ...success, ...more, durations_ms: durations })
  })

  it("count each warning, by environment", () => {
    expect(lineOf({}, { warnings: new Set<Warning>(["key_set_stale", "claims_dropped"]) })).toEqual({
      ...success,
      level: "WARN",
      key_set_stale: 1,
      claims_dropped: 1,
      _aws: metrics(directive([["environment"]], "Count", "key_set_stale", "claims_dropped")),
    })
  })
})
